import { bodyField, docField, nameField } from "../index/fields.ts"
import type { Tree } from "../index/tree.ts"
import { topOf } from "../search/candidates.ts"
import { decodePostings } from "../search/posting-list.ts"
import type { QueryTerm } from "../search/query.ts"
import { weights } from "../search/weights.ts"
import { idf } from "../search/words-score.ts"
import type { CommitStore } from "./commit-store.ts"

/** What the history says of a query: files that commits touched whose messages speak of it. */
export interface HistoryEvidence {
  /** 0 to 1 for each path; the chance, roughly, that one of its commits was about this. */
  readonly files: ReadonlyMap<string, number>
  /** Ids of the best commits that touched the path, best first. */
  commitsFor(path: string): readonly number[]
}

/** The history of one worktree, ready to be asked. */
export interface History {
  evidence(terms: readonly QueryTerm[]): HistoryEvidence
  /** How much and how lately each path has been changed, 0 to 1. */
  churn(): ReadonlyMap<string, number>
  /** Paths that commits since then have changed. */
  changedSince(timeMs: number): ReadonlySet<string>
  /** Ids of the commits that touched a path under this or an earlier name, newest first. */
  commitsOf(path: string): readonly number[]
  readonly count: number
}

const none: HistoryEvidence = { files: new Map(), commitsFor: () => [] }

/** `reachable` are the ids of the commits that count. Renames are followed to the paths that are there now. */
export function openHistory(commits: CommitStore, reachable: Uint32Array, tree: Tree): History {
  const { table, segments } = commits
  const live = new Uint8Array(table.count)
  let newestMs = 0
  let wordsTotal = 0
  for (const id of reachable) {
    live[id] = 1
    newestMs = Math.max(newestMs, table.authoredAtMs[id] ?? 0)
    wordsTotal += table.words[id] ?? 0
  }
  const averageWords = Math.max(1, wordsTotal / Math.max(1, reachable.length))
  const identity = Uint32Array.from({ length: table.count }, (_, id) => id)
  const newestFirst = [...reachable].sort(
    (a, b) => (table.authoredAtMs[b] ?? 0) - (table.authoredAtMs[a] ?? 0) || b - a,
  )
  const nowCalled = renamed(commits, newestFirst)
  const ageFactor = (id: number) => {
    const days = Math.max(0, newestMs - (table.authoredAtMs[id] ?? 0)) / 86_400_000
    return weights.history.ageFloor + (1 - weights.history.ageFloor) * 0.5 ** (days / weights.history.halfLifeDays)
  }
  const currentPath = (id: number): string | undefined => {
    let at = id
    for (let hops = 0; hops < 50; hops++) {
      const path = commits.pathOf(at)
      if (tree.get(path)) return path
      const next = nowCalled.get(at)
      if (next === undefined || next === at) return undefined
      at = next
    }
    return undefined
  }
  let churned: Map<string, number> | undefined

  return {
    count: reachable.length,
    evidence(terms) {
      if (reachable.length === 0) return none
      const scores = new Float32Array(table.count)
      let ideal = 0
      const { saturation, lengthNorm } = weights.history
      for (const term of terms) {
        const list = decodePostings(segments.lists(term.key), identity, live)
        if (list.length === 0) continue
        const gain = idf(reachable.length, list.length) * term.weight
        if (!term.isSynonym) ideal += gain
        for (let at = 0; at < list.length; at++) {
          const id = list.docs[at] ?? 0
          const bits = list.fields[at] ?? 0
          const inBody = list.counts[at * 3 + bodyField - docField] ?? 0
          const count = (bits & (1 << nameField) ? 2 : 0) + Math.min(inBody, 3)
          const norm = 1 - lengthNorm + (lengthNorm * (table.words[id] ?? 0)) / averageWords
          scores[id] = (scores[id] ?? 0) + (gain * count) / (count + saturation * norm)
        }
      }
      if (ideal === 0) return none
      const files = new Map<string, number>()
      const byPath = new Map<string, number[]>()
      for (const id of topOf(scores, weights.history.commits)) {
        const relevance = Math.min(1, (scores[id] ?? 0) / ideal)
        const worth = relevance * relevance * (table.weight[id] ?? 0) * ageFactor(id)
        if (worth < 0.001) continue
        for (const pathId of table.pathsOf(id)) {
          const path = currentPath(pathId)
          if (path === undefined) continue
          // As if each commit were a witness of its own: one more makes it surer, never sure.
          files.set(path, 1 - (1 - (files.get(path) ?? 0)) * (1 - worth))
          const list = byPath.get(path)
          if (!list) byPath.set(path, [id])
          else if (list.length < 5) list.push(id)
        }
      }
      return { files, commitsFor: (path) => byPath.get(path) ?? [] }
    },
    changedSince(timeMs) {
      const paths = new Set<string>()
      for (const id of newestFirst) {
        if ((table.authoredAtMs[id] ?? 0) < timeMs) break
        for (const pathId of table.pathsOf(id)) {
          const path = currentPath(pathId)
          if (path !== undefined) paths.add(path)
        }
      }
      return paths
    },
    commitsOf(path) {
      return newestFirst.filter((id) => table.pathsOf(id).some((pathId) => currentPath(pathId) === path))
    },
    churn() {
      if (churned) return churned
      const sums = new Map<string, number>()
      let most = 0
      for (const id of reachable) {
        const worth = (table.weight[id] ?? 0) * ageFactor(id)
        if (worth === 0) continue
        for (const pathId of table.pathsOf(id)) {
          const path = currentPath(pathId)
          if (path === undefined) continue
          const sum = (sums.get(path) ?? 0) + worth
          sums.set(path, sum)
          if (sum > most) most = sum
        }
      }
      churned = new Map([...sums].map(([path, sum]) => [path, Math.log1p(sum) / Math.log1p(most)]))
      return churned
    },
  }
}

/** For each path that was renamed away: the path it was last renamed to. */
function renamed(commits: CommitStore, newestFirst: readonly number[]): Map<number, number> {
  const next = new Map<number, number>()
  for (const id of newestFirst) {
    const pairs = commits.table.renamesOf(id)
    for (let at = 0; at < pairs.length; at += 2) {
      const from = pairs[at] as number
      if (!next.has(from)) next.set(from, pairs[at + 1] as number)
    }
  }
  return next
}
