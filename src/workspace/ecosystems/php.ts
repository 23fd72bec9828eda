import { z } from "zod"
import type { Ecosystem } from "./ecosystem.ts"
import type { FolderView } from "./folder-view.ts"

const manifest = z.object({
  name: z.string().optional().catch(undefined),
  scripts: z.record(z.string(), z.unknown()).optional().catch(undefined),
})
const manifestOf = async (view: FolderView) => manifest.safeParse(await view.json("composer.json")).data

export const php: Ecosystem = {
  manifests: ["composer.json"],
  manager: async (view) => (view.has("composer.json") ? "composer" : undefined),
  name: async (view) => (await manifestOf(view))?.name,
  async commands(view) {
    const scripts = (await manifestOf(view))?.scripts ?? {}
    const hasUnit = view.has("phpunit.xml", "phpunit.xml.dist", "phpunit.dist.xml")
    const hasStan = view.has("phpstan.neon", "phpstan.neon.dist", "phpstan.dist.neon")
    return {
      test: scripts.test ? "composer test" : hasUnit ? "vendor/bin/phpunit" : undefined,
      lint: scripts.lint ? "composer lint" : hasStan ? "vendor/bin/phpstan analyse" : undefined,
    }
  },
}
