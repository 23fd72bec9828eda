import { globSync, readFileSync } from "node:fs"
import { basename, dirname, join } from "node:path"
import { defineConfig, type RolldownOptions } from "rolldown"
import { buildVersion, withVersion } from "./scripts/build-version.ts"
import { writeManifest } from "./scripts/write-manifest.ts"

const root = import.meta.dirname
const version = buildVersion(root)

/**
 * Programs and workers that are started by URL, found where they are started:
 * `new URL(import.meta.url.endsWith(".ts") ? "./x.ts" : "./x.js", import.meta.url)`. All land flat in `dist/`, because
 * the `./x.js` is looked for beside whichever bundle the starting code ended up in.
 */
function startedByUrl(): Record<string, string> {
  const entries: Record<string, string> = {}
  for (const file of globSync("src/**/*.ts", { cwd: root })) {
    const text = readFileSync(join(root, file), "utf8")
    for (const [, target = ""] of text.matchAll(/import\.meta\.url\.endsWith\("\.ts"\)\s*\?\s*"(\.[^"]+)\.ts"/g)) {
      const name = basename(target)
      const path = `${join(dirname(file), target)}.ts`
      if (entries[name] !== undefined && entries[name] !== path) {
        throw new Error(`Two programs are named ${name}: ${entries[name]} and ${path}. Names must be unique in dist/.`)
      }
      entries[name] = path
    }
  }
  return entries
}

const shared: RolldownOptions = {
  cwd: root,
  platform: "node",
  logLevel: "warn",
  // Loads its own .wasm from beside itself, and so stays a package; two are natives that `ws` can do without; the rest load
  // their own natives and rules by name.
  external: ["web-tree-sitter", "bufferutil", "utf-8-validate", /^@ast-grep\//, /^@secretlint\//],
  // A module may be loaded lazily here and at once there; the bundler says so, we know.
  checks: { eval: false, ineffectiveDynamicImport: false },
}
const output = {
  dir: "dist",
  format: "esm",
  entryFileNames: "[name].js",
  chunkFileNames: "chunk-[name].js",
  // Readable stacks without source maps: nothing is minified, nothing has to be mapped.
  minify: false,
} as const

// The command line is a build of its own, in one file, and a few more for conversations: whatever it shares with the
// server would be another file to load.
export default defineConfig([
  {
    ...shared,
    input: { cli: "src/clients/cli/main.ts" },
    preserveEntrySignatures: "allow-extension",
    output: { ...output, chunkFileNames: "cli-[name].js" },
    plugins: [withVersion(version), writeManifest(version)],
  },
  {
    ...shared,
    input: {
      "duck-server": "src/server/duck-server.ts",
      "duck-local": "src/server/duck-local.ts",
      ...startedByUrl(),
    },
    output,
    plugins: [withVersion(version)],
  },
])
