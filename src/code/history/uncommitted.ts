import { relative, sep } from "node:path"
import type { Git } from "../../workspace/git.ts"
import { gitTokens } from "../../workspace/git-run.ts"

/** Paths, relative to `root`, that differ from HEAD or are not tracked. */
export async function uncommittedPaths(git: Git, root: string, signal?: AbortSignal): Promise<ReadonlySet<string>> {
  const prefix = relative(git.root, root).split(sep).join("/")
  const under = prefix === "" ? "" : `${prefix}/`
  const paths = new Set<string>()
  let isOldName = false
  const args = ["status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames"]
  for await (const token of gitTokens({ cwd: git.root, args, signal })) {
    if (isOldName) {
      isOldName = false
      continue
    }
    isOldName = token.startsWith("R") || token.startsWith("C")
    const path = token.slice(3)
    if (path.startsWith(under)) paths.add(path.slice(under.length))
  }
  return paths
}
