import { join } from "node:path"
import { defineConfig } from "vitest/config"

// Unit tests stand beside what they test; `test/` holds what crosses modules. Two cores: few workers, generous limits,
// because no test may fail on time.
export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "test/**/*.test.ts"],
    pool: "forks",
    // Tests start hundreds of processes from the same sources: what one has compiled, the next ones take.
    env: { NODE_COMPILE_CACHE: join(import.meta.dirname, "node_modules", ".cache", "duck-tests") },
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
  },
})
