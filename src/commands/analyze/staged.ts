import { count } from "../../base/text.ts"
import type { Project } from "../../code/projects.ts"
import type { JudgedChange } from "../../engines/review/judged-change.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { CommandContext } from "../context.ts"

/** A first commit may add a whole project. */
const mostFiles = 20_000

/** What the next commit would hold: its lines, and the texts of files that are otherwise on disk. */
export async function stagedChange(
  { tree }: { readonly tree?: string | undefined },
  project: Project,
  workspace: Workspace,
  { signal }: CommandContext,
) {
  const [{ readChanges }, { judgedChange }] = await Promise.all([
    import("../../engines/review/read-changes.ts"),
    import("../../engines/review/judged-change.ts"),
  ])
  // All of it, as a rename is only seen with both of its names.
  const { files, notes } = await readChanges(
    { kind: "staged", tree },
    { workspace, git: project.git, mostFiles, signal },
  )
  const unread = files.flatMap(({ path, unread: why }) =>
    why === undefined ? [] : [`${path} was not looked at: ${why}.`],
  )
  return { change: await judgedChange(files, project.index), notes: [...notes, ...unread] }
}

export const unlookedByTools = ({ tools }: { readonly tools: boolean }, change: JudgedChange | undefined): string[] =>
  tools && change && change.texts.size > 0
    ? [
        `${count(change.texts.size, "file")} on disk differ from what is staged; the project's own tools did not look there.`,
      ]
    : []
