import type { DatabaseSync } from "node:sqlite"
import type { View } from "./view.ts"

const rankedPaths = ({ tree }: View): string[] =>
  [...tree.files()]
    .filter(({ content }) => content !== 0)
    .map(({ path }) => path)
    .sort()

/** Keeps the ranks with the name of the tree they are of. */
export function saveRank(db: DatabaseSync, view: View, of: string, rank: ReadonlyMap<string, number>): void {
  const values = Float32Array.from(rankedPaths(view), (path) => rank.get(path) ?? 0)
  db.prepare("UPDATE worktree SET rank_tree = ?, rank = ? WHERE id = ?").run(
    of,
    new Uint8Array(values.buffer),
    view.tree.id,
  )
}

/** The ranks that were kept; none when the tree has changed since. */
export function loadRank(db: DatabaseSync, view: View): ReadonlyMap<string, number> {
  const row = db.prepare("SELECT rank_tree, rank FROM worktree WHERE id = ?").get(view.tree.id)
  if (!(row?.rank instanceof Uint8Array) || String(row.rank_tree).split(" ")[0] !== view.tree.name) return new Map()
  const values = new Float32Array(row.rank.slice().buffer)
  return new Map(rankedPaths(view).map((path, at) => [path, values[at] ?? 0]))
}
