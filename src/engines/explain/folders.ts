import { posix } from "node:path"
import { cyclicParts } from "../../code/analyzers/cycles.ts"

/** Edges between folders, by how many imports there are: from -> to -> count. */
export type FolderEdges = ReadonlyMap<string, ReadonlyMap<string, number>>

const mostFolders = 14

/**
 * The folder of each file, as far down as tells them apart: a folder that holds most of the code (`src`) is taken apart
 * once more, as long as there are not too many.
 */
export function foldersOf(files: readonly string[]): ReadonlyMap<string, string> {
  const depths = new Map<string, number>([["", 1]])
  const folderOf = (file: string): string => {
    const parts = posix.dirname(file) === "." ? [] : posix.dirname(file).split("/")
    let at = ""
    let depth = depths.get("") ?? 0
    for (let level = 0; level < parts.length && depth > 0; level++) {
      at = at === "" ? (parts[level] ?? "") : `${at}/${parts[level]}`
      depth = Math.max(depth - 1, depths.get(at) ?? 0)
    }
    return at === "" ? "." : at
  }
  for (let round = 0; round < 4; round++) {
    const sizes = new Map<string, number>()
    for (const file of files) sizes.set(folderOf(file), (sizes.get(folderOf(file)) ?? 0) + 1)
    const [big] = [...sizes].sort((a, b) => b[1] - a[1])
    if (!big || big[0] === "." || big[1] < files.length * 0.4 || depths.has(big[0])) break
    depths.set(big[0], 1)
    if (new Set(files.map(folderOf)).size > mostFolders * 2) break
  }
  return new Map(files.map((file) => [file, folderOf(file)]))
}

/** Folders that depend on each other in a circle. */
export const folderCycles = (edges: FolderEdges): string[][] =>
  cyclicParts(new Map([...edges].map(([from, tos]) => [from, [...tos.keys()]]))).map((cycle) => cycle.sort())

/** A Mermaid flowchart of the folders with the most imports between them; arrows inside a circle are dotted and say so. */
export function folderDiagram(edges: FolderEdges, cycles: readonly (readonly string[])[]): string {
  const weights = new Map<string, number>()
  for (const [from, tos] of edges) {
    for (const [to, n] of tos) {
      weights.set(from, (weights.get(from) ?? 0) + n)
      weights.set(to, (weights.get(to) ?? 0) + n)
    }
  }
  const shown = [...weights]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, mostFolders)
    .map(([folder]) => folder)
    .sort()
  if (shown.length === 0) return ""
  const ids = new Map(shown.map((folder, at) => [folder, `f${at}`]))
  const lines = shown.map((folder) => `  ${ids.get(folder)}["${label(folder)}"]`)
  for (const from of shown) {
    for (const to of [...(edges.get(from)?.keys() ?? [])].sort()) {
      if (!ids.has(to)) continue
      const isCycle = cycles.some((cycle) => cycle.includes(from) && cycle.includes(to))
      lines.push(`  ${ids.get(from)} ${isCycle ? '-. "cycle" .->' : "-->"} ${ids.get(to)}`)
    }
  }
  return ["flowchart TD", ...lines].join("\n")
}

const mostLabel = 60

/**
 * As Mermaid shows it letter by letter: it reads quotes, angle brackets and `#` as its own, a backtick at the start as the
 * beginning of Markdown, and stars, underscores and the marks of lists as Markdown wherever they stand. A long one keeps its end.
 */
function label(folder: string): string {
  const name = (folder === "." ? "(top)" : `${folder}/`).replace(/\p{Cc}+/gu, " ")
  const shown = [...name].length > mostLabel ? `…${[...name].slice(1 - mostLabel).join("")}` : name
  return shown
    .replace(/["<>&#;`*_~\\]/g, (sign) => `#${sign.charCodeAt(0)};`)
    .replace(/^(\s*\d*)([-+.)])/, (_all, before, sign) => `${before}#${sign.charCodeAt(0)};`)
}
