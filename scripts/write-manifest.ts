import { mkdirSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Plugin } from "rolldown"

/** Writes the registry as plain JSON for the command line, which loads neither the commands nor zod. */
export function writeManifest(path: string): Plugin {
  return {
    name: "write-manifest",
    async writeBundle() {
      // By URL, so that loading this file for the configuration does not load every command.
      const load = (file: string) => import(pathToFileURL(join(import.meta.dirname, "../src/commands", file)).href)
      const [{ registry }, { manifestOf }] = await Promise.all([load("registry.ts"), load("manifest.ts")])
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, `${JSON.stringify(manifestOf(registry))}\n`)
    },
  }
}
