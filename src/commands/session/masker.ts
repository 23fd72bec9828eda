import type { SecretMasker } from "../../workspace/secrets/mask.ts"
import type { Host } from "../context.ts"

/** Takes the secrets of a project out of texts: by their shapes, and by value those of its `.env` files. */
export async function maskerFor(root: string, { logger }: Pick<Host, "logger">): Promise<SecretMasker> {
  const [{ maskerOf }, { openWorkspace }] = await Promise.all([
    import("../../workspace/secrets/project-masker.ts"),
    import("../../workspace/workspace.ts"),
  ])
  return maskerOf(await openWorkspace({ root, audit: () => {} }), logger)
}
