import { readFileSync } from "node:fs"
import { dirname, relative, resolve } from "node:path"
import { expect, test } from "vitest"

const src = resolve(import.meta.dirname, "..")

/** All files that are loaded when `file` is, without what only types or `import()` ask for. */
function loadedWith(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen
  seen.add(file)
  const statement = /(?:^|\n)\s*(?:import|export)\s+(?!type\b)([^"';]*?)from\s*["'](\.[^"']+)["']/g
  for (const [, names = "", target = ""] of readFileSync(file, "utf8").matchAll(statement)) {
    const isTypesOnly = /^\{\s*(type [^,}]+,?\s*)+\}\s*$/.test(names)
    if (!isTypesOnly) loadedWith(resolve(dirname(file), target), seen)
  }
  return seen
}

test("a server that has no model loads nothing of the model layer but what tells that there is none", () => {
  const loaded = [...loadedWith(resolve(src, "server/server.ts"))].map((file) => relative(src, file))
  expect(loaded).toContain("commands/registry.ts")
  expect(loaded.filter((file) => file.startsWith("models/"))).toEqual(["models/coordinator/environment.ts"])
})
