import { asDuckError } from "../../base/errors.ts"
import type { Logger } from "../../observe/log.ts"
import type { Workspace } from "../../workspace/workspace.ts"

/** Read where users already have them; of each group the first that is there. */
const groups = [
  ["AGENTS.override.md", "AGENTS.md", "CLAUDE.md", "GEMINI.md", "QWEN.md"],
  [".github/copilot-instructions.md"],
] as const
const maxBytes = 64_000

/** The project's instructions for agents, at its root. One that can't be read is left out, and logged. */
export async function instructionsOf(
  workspace: Workspace,
  logger: Logger,
): Promise<{ readonly path: string; readonly text: string }[]> {
  const found: { path: string; text: string }[] = []
  for (const group of groups) {
    for (const path of group) {
      if (!(await workspace.exists(path))) continue
      try {
        found.push({ path, text: (await workspace.read(path, { maxBytes })).text.trim() })
        break
      } catch (error) {
        logger.warn("instructions could not be read", { path, error: asDuckError(error) })
      }
    }
  }
  return found
}
