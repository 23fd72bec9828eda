import { posix } from "node:path"
import { InvalidInputError, NotFoundError } from "../../base/errors.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import type { Git } from "../../workspace/git.ts"
import { liesIn } from "../../workspace/lies-in.ts"
import type { Member } from "../../workspace/members/members.ts"
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
  /** The member of a workspace that it is about, or in which the target or the change is looked for. */
  readonly member?: Member | undefined
}

/**
 * What is wanted, explained from the index. Throws NotFoundError where it is nothing of the project's, InvalidInputError
 * where it is not said what is wanted, and what reading a change throws.
 */
export async function explainWanted(
  { target, text, isProject, since, member }: Wanted,
  tools: Pick<EngineTools, "index" | "workspace" | "signal" | "root">,
  git: Git | null,
): Promise<Explanation> {
  const { index, workspace, signal } = tools
  const read = { workspace, git, signal, ...(member ? { paths: [member.path] } : {}) }
  const isMember = member !== undefined && target === "" && since === undefined
  if (isProject || isMember || target === "." || target === "./") return explainProject({ ...tools, member })
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
  if (member) return explain(await inMember(target, member, index), { index, signal })
  if (tracesIn(target).length > 0) return explainError(target, { ...read, index })
  try {
    return await explain(target, { index, signal })
  } catch (error) {
    // No name has blanks in it: it is what a program said.
    if (!(error instanceof NotFoundError) || !/\S\s+\S/.test(target)) throw error
    const explained = await explainError(target, { ...read, index })
    if (explained.error?.isFound || readsAsError(target)) return explained
    throw error
  }
}

/** "TypeError: rate is not a function": that nothing here says so is an answer, too. */
const readsAsError = (text: string) => /^\s*[\w.:]*(?:error|exception|panic|fatal)\b[^:]*:/i.test(text)

/** A path or a name in a member, as the project knows it. Throws NotFoundError where the member has none of it. */
async function inMember(target: string, { name, path: folder }: Member, index: CodeIndex): Promise<string> {
  const [, path = "", lines = ""] = /^(?:\.\/)?(.+?)(:\d+(?:-\d+)?)?$/.exec(target) ?? []
  const files = new Set(index.files())
  const found = [posix.join(folder, path), path].find((one) => files.has(one) && liesIn(one, [folder]))
  if (found !== undefined) return found + lines
  const definition = (await index.definitions(target)).items.find((one) => liesIn(one.path, [folder]))
  if (definition) return `${definition.path}:${definition.nameLine}`
  throw new NotFoundError({
    code: "TARGET_NOT_FOUND",
    message: `${name} has nothing called ${target.slice(0, 200)}.`,
    hint: `Without --member it is looked for in the whole project; \`duck explain --member ${name}\` shows what the member has.`,
  })
}

const isPatch = (text: string) => /^(?:diff --git |\*\*\* Begin Patch|--- \S[^\n]*\r?\n\+\+\+ )/m.test(text)
