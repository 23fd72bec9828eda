import { z } from "zod"
import type { Ecosystem } from "./ecosystem.ts"
import type { FolderView } from "./folder-view.ts"

const globs = z.array(z.string()).optional().catch(undefined)
const manifest = z.object({
  package: z.object({ name: z.string() }).optional().catch(undefined),
  workspace: z.object({ members: globs, exclude: globs }).optional().catch(undefined),
})
const manifestOf = async (view: FolderView) => manifest.safeParse(await view.toml("Cargo.toml")).data

export const rust: Ecosystem = {
  manifests: ["Cargo.toml"],
  manager: async (view) => (view.has("Cargo.toml") ? "cargo" : undefined),
  name: async (view) => (await manifestOf(view))?.package?.name,
  async members(view) {
    const workspace = (await manifestOf(view))?.workspace
    return workspace && { include: workspace.members ?? [], exclude: workspace.exclude ?? [] }
  },
  async commands(view) {
    const isWorkspace = (await manifestOf(view))?.workspace !== undefined
    return {
      test: isWorkspace ? "cargo test --workspace" : "cargo test",
      lint: isWorkspace ? "cargo clippy --workspace" : "cargo clippy",
    }
  },
}
