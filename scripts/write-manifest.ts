import { join } from "node:path"
import { pathToFileURL } from "node:url"
import type { Plugin } from "rolldown"

/** `manifest.json`: the registry as plain JSON for the command line, which loads neither the commands nor zod. */
export function writeManifest(version: string): Plugin {
  return {
    name: "write-manifest",
    async generateBundle() {
      // By URL, so that loading this file for the configuration does not load every command.
      const load = (file: string) => import(pathToFileURL(join(import.meta.dirname, "../src/commands", file)).href)
      const [{ registry }, { manifestOf }] = await Promise.all([load("registry.ts"), load("manifest.ts")])
      const source = `${JSON.stringify({ ...manifestOf(registry), version })}\n`
      this.emitFile({ type: "asset", fileName: "manifest.json", source })
    },
  }
}
