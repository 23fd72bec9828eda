import type { Project } from "../../code/projects.ts"
import { toolFindings } from "../../engines/analyze/tools.ts"
import type { CommandContext } from "../context.ts"
import { programsAt } from "../programs.ts"

/**
 * What type checkers and linters of the project find in files (without `paths` in all of them), run as programs of an agent
 * are: in the sandbox.
 */
export async function ownTools(
  paths: readonly string[] | undefined,
  { root, index }: Project,
  context: CommandContext,
) {
  context.progress({ phase: "tools", message: "Running the project's own tools" })
  const processes = await programsAt("analyze", context)(root, [])
  try {
    return await toolFindings({ index, processes, paths, signal: context.signal })
  } finally {
    await processes.close()
  }
}
