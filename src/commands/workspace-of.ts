import type { Workspace } from "../workspace/workspace.ts"
import type { CommandContext } from "./context.ts"

/** The files of the caller's project. What it refuses is noted in the audit under the caller's name. */
export async function workspaceOf(context: CommandContext): Promise<Workspace> {
  return workspaceAt((await context.project()).root, context)
}

/** Those of another project, such as a conversation's. */
export async function workspaceAt(root: string, context: CommandContext): Promise<Workspace> {
  const { openWorkspace } = await import("../workspace/workspace.ts")
  return openWorkspace({
    root,
    audit: ({ operation, path, outcome, reason }) => {
      if (outcome !== "refused") return
      const details = { operation, root, ...(reason === undefined ? {} : { reason }) }
      context.host.audit.note({ actor: context.actor.id, action: "path.refused", target: path, outcome, details })
    },
  })
}
