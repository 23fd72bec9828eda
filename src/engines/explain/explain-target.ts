import { InvalidInputError, NotFoundError } from "../../base/errors.ts"
import type { Git } from "../../workspace/git.ts"
import type { EngineTools } from "../pipeline/engine.ts"
import { readChanges } from "../review/read-changes.ts"
import { explain } from "./explain.ts"
import { explainChange } from "./explain-change.ts"
import { explainError } from "./explain-error.ts"
import { explainProject } from "./explain-project.ts"
import type { Explanation } from "./explanation.ts"
import { tracesIn } from "./traces/parse-trace.ts"

export interface Wanted {
  /** A path, path:line, path:from-to, a name, `.` for the whole project, or the text of an error. */
  readonly target: string
  /** What was piped in: a patch, or what a program printed. */
  readonly text: string
  readonly isProject: boolean
  /** The change since this revision; "" for since the last commit. */
  readonly since: string | undefined
}

/**
 * What is wanted, explained from the index. Throws NotFoundError where it is nothing of the project's, InvalidInputError
 * where it is not said what is wanted, and what reading a change throws.
 */
export async function explainWanted(
  { target, text, isProject, since }: Wanted,
  tools: Pick<EngineTools, "index" | "workspace" | "signal" | "root">,
  git: Git | null,
): Promise<Explanation> {
  const { index, workspace, signal } = tools
  const read = { workspace, git, signal }
  if (isProject || target === "." || target === "./") return explainProject(tools)
  if (since !== undefined) {
    const change = await readChanges({ kind: "tree", ...(since === "" ? {} : { base: since }) }, read)
    return explainChange(change, tools)
  }
  if (text.trim() !== "") {
    if (isPatch(text)) return explainChange(await readChanges({ kind: "patch", text }, read), tools)
    return explainError(text, { ...read, index })
  }
  if (target === "") {
    throw new InvalidInputError({
      message: "Say what is to be explained.",
      hint: "A path, a name, an error in quotes, `duck explain .` for the project, or pipe a trace or a patch into it.",
    })
  }
  if (tracesIn(target).length > 0) return explainError(target, { ...read, index })
  try {
    return await explain(target, { index, signal })
  } catch (error) {
    // No name has blanks in it: it is what a program said.
    if (!(error instanceof NotFoundError) || !/\S\s+\S/.test(target)) throw error
    const explained = await explainError(target, { ...read, index })
    if (explained.error?.isFound) return explained
    throw error
  }
}

const isPatch = (text: string) => /^(?:diff --git |\*\*\* Begin Patch|--- \S[^\n]*\r?\n\+\+\+ )/m.test(text)
