import type { LineRange } from "../../code/code-index.ts"
import { gitText, gitTokens } from "../../workspace/git-run.ts"
import { type ChangedFile, changedFile, touches } from "./change-set.ts"

/** What an object's name is: never an option of git's. */
export const treeName = /^[0-9a-f]{40,64}$/

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
  return said.split("\n").filter((line) => treeName.test(line))
}

/**
 * What of a merge's change is its own: lines that are so on none of its sides. Undefined where a side has the file as it is
 * now. `textAt` gives a file of a commit, null where there is none.
 */
export async function ownOfMerge(
  file: ChangedFile,
  sides: readonly string[],
  textAt: (commit: string, path: string) => Promise<string | null>,
): Promise<ChangedFile | undefined> {
  let own = file
  for (const side of sides) {
    const before = await textAt(side, file.path)
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
