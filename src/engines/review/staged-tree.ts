import { InvalidInputError } from "../../base/errors.ts"
import type { LineRange } from "../../code/code-index.ts"
import { gitText, gitTokens } from "../../workspace/git-run.ts"
import { type ChangedFile, changedFile, touches } from "./change-set.ts"

/** What an object's name is: never an option of git's. */
const objectName = /^[0-9a-f]{40,64}$/

/** Throws InvalidInputError where the repository has no tree of that name. */
export async function refuseNoTree(tree: string, cwd: string, signal: AbortSignal): Promise<void> {
  const isName = objectName.test(tree)
  const args = ["cat-file", "-t", tree]
  if (isName && (await gitText({ cwd, args, signal, okCodes: [0, 128] })).trim() === "tree") return
  throw new InvalidInputError({
    message: `There is no tree ${tree} in this repository.`,
    hint: "`git write-tree` makes one of what is staged and prints its name.",
  })
}

/** The files of a tree, relative to the folder: what a first commit adds. */
export async function filesOfTree(tree: string, cwd: string, signal: AbortSignal): Promise<readonly string[]> {
  const found: string[] = []
  for await (const path of gitTokens({ cwd, args: ["ls-tree", "-r", "-z", "--name-only", tree], signal })) {
    if (path !== "") found.push(path)
  }
  return found
}

/** The commits that a merge under way brings in; empty where there is none. */
export async function mergedCommits(cwd: string, signal: AbortSignal): Promise<readonly string[]> {
  const args = ["rev-parse", "--quiet", "--verify", "MERGE_HEAD^{commit}"]
  const said = await gitText({ cwd, args, signal, okCodes: [0, 1, 128] })
  return said.split("\n").filter((line) => objectName.test(line))
}

/**
 * What of a merge's change is its own: lines that are so on none of its sides, whose texts are given (null: no such file).
 * Undefined where a side has the file as it is now.
 */
export function ownOfMerge(file: ChangedFile, sides: readonly (string | null)[]): ChangedFile | undefined {
  let own = file
  for (const before of sides) {
    if (before === file.after) return undefined
    const beside = changedFile({ ...file, status: before === null ? "added" : "modified", before })
    if (beside) own = { ...own, added: own.added.flatMap((range) => common(range, beside.added)) }
  }
  return own
}

const common = (range: LineRange, ranges: readonly LineRange[]): LineRange[] =>
  ranges
    .filter((other) => touches([other], range))
    .map(({ startLine, endLine }) => ({
      startLine: Math.max(startLine, range.startLine),
      endLine: Math.min(endLine, range.endLine),
    }))
