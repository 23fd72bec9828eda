import type { Project } from "../../code/projects.ts"
import { toolFindings } from "../../engines/analyze/tools.ts"
import type { CommandContext } from "../context.ts"
import { programsAt } from "../programs.ts"

/** What type checkers and linters of the project find, run as programs of an agent are: in the sandbox. */
export async function ownTools(
  input: { readonly paths: readonly string[] },
  { root, index }: Project,
  context: CommandContext,
) {
  context.progress({ phase: "tools", message: "Running the project's own tools" })
  const processes = await programsAt("analyze", context)(root, [])
  try {
    const paths =
      input.paths.length === 0
        ? undefined
        : index
            .files()
            .filter((file) =>
              input.paths.some((path) => file === path || file.startsWith(`${path.replace(/\/+$/, "")}/`)),
            )
    return await toolFindings({ index, processes, paths, signal: context.signal })
  } finally {
    await processes.close()
  }
}
