import type { CommandContext } from "../context.ts"
import { workspaceAt } from "../workspace-of.ts"

/** Text from elsewhere that goes with a person's words: marked as data, without the project's secrets. */
export async function asData(text: string, root: string, context: CommandContext): Promise<string> {
  const { maskerOf } = await import("../../workspace/secrets/project-masker.ts")
  const { mask } = await maskerOf(await workspaceAt(root, context), context.logger)
  return `\n\n<data>\n${mask(text).replaceAll("</data>", "<\\/data>").trimEnd()}\n</data>`
}
