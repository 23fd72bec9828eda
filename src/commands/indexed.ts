import type { Progress } from "../base/wire.ts"
import type { CodeIndex, IndexProgress } from "../code/code-index.ts"
import type { Project } from "../code/projects.ts"
import type { CommandContext } from "./context.ts"

/** A first look at a large repository takes its time; the caller sees how far it is. */
export const indexingTimeoutMs = 900_000

/** The index around the caller's folder, once it knows the whole tree; meanwhile the caller hears how far it is. */
export async function indexOf(context: CommandContext): Promise<CodeIndex> {
  return (await readyProject(context)).index
}

export async function readyProject(context: CommandContext): Promise<Project> {
  const project = await context.project()
  const stop = project.onProgress((progress) => context.progress(progressOf(progress)))
  try {
    await project.ready(context.signal)
  } finally {
    stop()
  }
  return project
}

const spokenPhases: Record<IndexProgress["phase"], string> = {
  scan: "Looking through the files",
  parse: "Indexing",
  history: "Reading the history",
  rank: "Ranking",
  done: "Indexed",
}

export const progressOf = ({ phase, done, total, path }: IndexProgress): Progress => ({
  phase,
  done,
  ...(total > 0 ? { total } : {}),
  message: path === undefined ? spokenPhases[phase] : `${spokenPhases[phase]} ${path}`,
})
