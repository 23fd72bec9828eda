import type { CodeIndex } from "../../code/code-index.ts"
import { type Configured, configuredIn } from "../../workspace/diagnostics/detect.ts"
import { liesIn } from "../../workspace/lies-in.ts"
import type { Change } from "./proposal.ts"

/** Of more files the rest is taken to be in the same folders. */
const mostUsers = 2_000

/**
 * The type checkers that have something to say of changes: those set up for a folder that holds a changed file, or one that
 * imports it, however far. Empty where none is set up for such files. Nothing is run.
 */
export async function checkersFor(
  changes: readonly Change[],
  {
    root,
    index,
    signal,
  }: {
    readonly root: string
    readonly index: Pick<CodeIndex, "files" | "importersOf">
    readonly signal: AbortSignal
  },
): Promise<readonly Configured[]> {
  const all = await configuredIn(root, { paths: index.files(), signal })
  const types = all.filter(({ checker }) => checker.kind === "types")
  const wanted = new Set<Configured>()
  const meet = (path: string) => {
    for (const checker of new Set(types.map((one) => one.checker))) {
      if (!checker.files.test(path)) continue
      const around = types.filter((one) => one.checker === checker && liesIn(path, [one.folder]))
      const nearest = around.sort((a, b) => b.folder.length - a.folder.length)[0]
      if (nearest) wanted.add(nearest)
    }
  }
  const paths = new Set(
    changes.flatMap((change) => (change.kind === "move" ? [change.path, change.to] : [change.path])),
  )
  for (const path of paths) meet(path)
  if (wanted.size === 0) return []
  // Each path that is met is put at the end, so this walks up to the last user.
  for (const path of paths) {
    if (wanted.size === types.length || paths.size > mostUsers) break
    for (const user of (await index.importersOf(path)).items) {
      if (paths.has(user.path)) continue
      paths.add(user.path)
      meet(user.path)
    }
  }
  return types.filter((one) => wanted.has(one))
}
