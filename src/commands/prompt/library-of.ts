import { trustStore } from "../../access/permissions/trust-store.ts"
import type { Library } from "../../context/prompts/library.ts"
import type { CommandContext } from "../context.ts"

/** The templates that hold for the caller. A project's take effect as somebody has trusted them. */
export async function libraryOf({ host }: Pick<CommandContext, "host">, root: string): Promise<Library> {
  const { openLibrary } = await import("../../context/prompts/library.ts")
  const trust = trustStore(host.folders.data)
  return openLibrary({
    config: host.folders.config,
    root,
    isTrusted: (path, sha256) => trust.holds(root, path, sha256),
  })
}
