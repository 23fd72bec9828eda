import type { View } from "../index/view.ts"
import { familyOf, isTestPath } from "./families.ts"
import type { Modules } from "./modules.ts"

const damping = 0.85
const rounds = 20
/** A name that more files define tells too little of which is meant. */
const maxDefiners = 4

/**
 * PageRank (Page, Brin et al. 1999) over the files of a tree: a file passes its rank on to those it imports and to those
 * that define the names it uses. Test files pass on little. Gives each path a number from 0 to 1, by the logarithm.
 */
export async function rankFiles(
  view: View,
  modules: Modules,
  pause: () => Promise<void>,
): Promise<Map<string, number>> {
  const paths = [...view.tree.files()]
    .filter(({ content }) => content !== 0)
    .map(({ path }) => path)
    .sort()
  const numbers = new Map(paths.map((path, number) => [path, number]))
  const definers = new Map<string, number[]>()
  let sliceEnd = performance.now() + 8
  const breathe = async () => {
    if (performance.now() < sliceEnd) return
    await pause()
    sliceEnd = performance.now() + 8
  }
  for (const [number, path] of paths.entries()) {
    const defs = view.links(view.tree.get(path)?.content ?? 0)?.defs ?? []
    for (let at = 0; at < defs.length; at += 4) {
      const name = String(defs[at])
      const list = definers.get(name)
      if (!list) definers.set(name, [number])
      else if (list.length <= maxDefiners && list.at(-1) !== number) list.push(number)
    }
    await breathe()
  }
  const edges: { to: Uint32Array; weight: Float32Array }[] = []
  for (const [number, path] of paths.entries()) {
    const content = view.tree.get(path)?.content ?? 0
    const language = view.contents.get(content)?.language ?? "text"
    const links = view.links(content)
    const out = new Map<number, number>()
    const add = (to: number, weight: number) => to !== number && out.set(to, (out.get(to) ?? 0) + weight)
    for (const module of links?.imports ?? []) {
      const targets = modules.resolve(path, module, language)
      for (const target of targets) add(numbers.get(target) ?? number, 1 / targets.length)
    }
    const uses = links?.uses ?? []
    for (let at = 0; at < uses.length; at += 2) {
      const found = definers.get(String(uses[at])) ?? []
      if (found.length === 0 || found.length > maxDefiners) continue
      const near = found.filter((to) => sharesFamily(view, paths[to] ?? "", language))
      for (const to of near) add(to, (0.5 * Math.sqrt(Number(uses[at + 1]))) / near.length)
    }
    edges.push({ to: Uint32Array.from(out.keys()), weight: Float32Array.from(out.values()) })
    await breathe()
  }
  return normalised(paths, iterate(paths, edges))
}

const sharesFamily = (view: View, path: string, language: string): boolean =>
  familyOf(view.contents.get(view.tree.get(path)?.content ?? 0)?.language ?? "") === familyOf(language)

function iterate(paths: readonly string[], edges: readonly { to: Uint32Array; weight: Float32Array }[]): Float64Array {
  const count = paths.length
  let rank = new Float64Array(count).fill(1 / count)
  const totals = edges.map(({ weight }) => weight.reduce((sum, one) => sum + one, 0))
  const gives = paths.map((path) => (isTestPath(path) ? 0.2 : 1))
  for (let round = 0; round < rounds; round++) {
    const next = new Float64Array(count)
    let kept = 0
    for (let from = 0; from < count; from++) {
      const passed = totals[from] ? (rank[from] ?? 0) * damping * (gives[from] ?? 1) : 0
      kept += (rank[from] ?? 0) - passed
      const { to, weight } = edges[from] ?? { to: [], weight: [] }
      for (let at = 0; at < to.length; at++) {
        const target = to[at] ?? 0
        next[target] = (next[target] ?? 0) + (passed * (weight[at] ?? 0)) / (totals[from] ?? 1)
      }
    }
    for (let at = 0; at < count; at++) next[at] = (next[at] ?? 0) + kept / count
    rank = next
  }
  return rank
}

function normalised(paths: readonly string[], rank: Float64Array): Map<string, number> {
  let least = Number.POSITIVE_INFINITY
  let most = 0
  for (const value of rank) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  const span = Math.log(most / least)
  return new Map(paths.map((path, at) => [path, span > 0 ? Math.log((rank[at] ?? least) / least) / span : 0]))
}
