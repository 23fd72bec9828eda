import { dirname } from "node:path/posix"
import type { FoundSymbol, View } from "../index/view.ts"
import { asDefined, isInternal, withHalves } from "./declarations.ts"
import { familyOf } from "./families.ts"
import type { Modules } from "./modules.ts"
import { resolveReference } from "./resolve.ts"

/** A definition that was asked about. */
export interface TargetSymbol {
  readonly path: string
  readonly content: number
  readonly index: number
}

export interface Target {
  readonly symbols: readonly TargetSymbol[]
  /** Set when whole files are meant. */
  readonly paths: readonly string[]
}

/**
 * What a person means by `src/a.ts`, `src/a.ts:12`, `parse`, `Parser.parse` or `parse@src/a.ts`. A line means the name
 * used on it when there is just one that is defined in the tree, else the innermost definition around it.
 */
export function readTarget(view: View, modules: Modules, target: string): Target {
  const text = target.trim().replace(/^\.\//, "")
  if (isIndexed(view, text)) return { symbols: [], paths: [text] }
  const atLine = /^(.+):(\d+)(?:-\d+)?(?::\d+)?$/.exec(text)
  if (atLine) {
    const path = atLine[1] ?? ""
    if (isIndexed(view, path)) {
      const symbols = symbolsAt(view, modules, path, Number(atLine[2]))
      return { symbols: definedBy(view, modules, symbols), paths: [] }
    }
  }
  const [namePart = "", where] = splitAt(text)
  const parts = namePart.split(/::|[.#]/).filter((part) => part !== "")
  const name = (parts.at(-1) ?? "").replace(/\(.*$/, "")
  if (name === "") return { symbols: [], paths: [] }
  const enclosing = parts.slice(0, -1)
  for (const foldCase of [false, true]) {
    const found = view
      .definitionsOf(name, { foldCase })
      .filter(({ symbol }) => endsWith(symbol.path, enclosing, foldCase))
    const symbols = found.flatMap(({ content, index, symbol }) =>
      view.tree
        .pathsOf(content)
        .filter((path) => where === undefined || path === where || path.startsWith(`${where}/`))
        .map((path) => ({ path, content, index, isAside: isInternal(view, { content, index, symbol }) })),
    )
    if (symbols.length > 0) return { symbols: definedBy(view, modules, byRank(view, symbols)), paths: [] }
  }
  return { symbols: [], paths: [] }
}

/** Of a prototype the definition, which is the same thing; each once. */
function definedBy(view: View, modules: Modules, symbols: readonly TargetSymbol[]): readonly TargetSymbol[] {
  return halves(view, symbols, (own, all) => asDefined(view, modules, own, all))
}

/** With the prototypes of what is defined, and what is defined for a prototype. */
export function withDeclarations(
  view: View,
  modules: Modules,
  symbols: readonly TargetSymbol[],
): readonly TargetSymbol[] {
  return halves(view, symbols, (own, all) => withHalves(view, modules, own, all))
}

function halves(
  view: View,
  symbols: readonly TargetSymbol[],
  of: (own: readonly FoundSymbol[], all: readonly FoundSymbol[]) => readonly FoundSymbol[],
): readonly TargetSymbol[] {
  const found = new Map<string, TargetSymbol>()
  for (const symbol of symbols) {
    const name = view.outline(symbol.content)?.symbols[symbol.index]?.name ?? ""
    const all = view.definitionsOf(name)
    const own = all.filter(({ content, index }) => content === symbol.content && index === symbol.index)
    for (const { content, index } of of(own, all)) {
      const paths = content === symbol.content ? [symbol.path] : view.tree.pathsOf(content)
      // Of copies of a file, the one beside the declaration is meant.
      const near = paths.filter((path) => dirname(path) === dirname(symbol.path))
      for (const path of near.length > 0 ? near : paths) found.set(`${path} ${index}`, { path, content, index })
    }
  }
  return [...found.values()]
}

/** The innermost definition around a line. */
export function symbolAround(view: View, path: string, line: number): TargetSymbol | undefined {
  const content = view.tree.get(path)?.content ?? 0
  const symbols = view.outline(content)?.symbols ?? []
  let best = -1
  symbols.forEach((symbol, index) => {
    if (symbol.startLine > line || symbol.endLine < line) return
    const known = symbols[best]
    if (!known || symbol.endLine - symbol.startLine <= known.endLine - known.startLine) best = index
  })
  return best < 0 ? undefined : { path, content, index: best }
}

function symbolsAt(view: View, modules: Modules, path: string, line: number): readonly TargetSymbol[] {
  const content = view.tree.get(path)?.content ?? 0
  const file = view.parsed(content)
  if (!file) return []
  const defined = file.symbols.findIndex((symbol) => symbol.nameLine === line)
  if (defined >= 0) return [{ path, content, index: defined }]
  const used = file.references
    .filter((reference) => reference.line === line)
    .flatMap((reference) => resolveReference(view, modules, path, file, reference).slice(0, 1))
    .filter(({ confidence }) => confidence >= 0.5)
  const different = new Map(used.map((one) => [`${one.path} ${one.found.index}`, one]))
  if (different.size === 1)
    return [...different.values()].map((one) => ({
      path: one.path,
      content: one.found.content,
      index: one.found.index,
    }))
  const around = symbolAround(view, path, line)
  return around ? [around] : []
}

/** Files that matter first; what only its own file sees comes last. */
function byRank(
  view: View,
  symbols: readonly (TargetSymbol & { readonly isAside: boolean })[],
): readonly TargetSymbol[] {
  return [...symbols].sort(
    (a, b) =>
      Number(a.isAside) - Number(b.isAside) ||
      view.rank(b.path) - view.rank(a.path) ||
      (a.path < b.path ? -1 : a.path > b.path ? 1 : a.index - b.index),
  )
}

const isIndexed = (view: View, path: string): boolean => (view.tree.get(path)?.content ?? 0) !== 0

function splitAt(text: string): [string, string | undefined] {
  const at = text.indexOf("@", 1)
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)]
}

function endsWith(path: readonly string[], wanted: readonly string[], foldCase: boolean): boolean {
  if (wanted.length === 0) return true
  const same = (a: string | undefined, b: string | undefined) =>
    foldCase ? a?.toLowerCase() === b?.toLowerCase() : a === b
  return wanted.every((part, at) => same(path[path.length - wanted.length + at], part))
}

export const sameFamily = (view: View, a: number, b: number): boolean =>
  familyOf(view.contents.get(a)?.language ?? "") === familyOf(view.contents.get(b)?.language ?? "")
