import { basename } from "node:path/posix"
import type { FoundSymbol, View } from "../index/view.ts"
import { collapsed } from "../parse/signature.ts"
import { linesBetween } from "../search/passage.ts"
import type { SymbolDefinition, SymbolKind } from "../types.ts"
import { familyOf } from "./families.ts"
import type { Modules } from "./modules.ts"

const callable: ReadonlySet<SymbolKind> = new Set(["function", "method", "constructor"])
const value: ReadonlySet<SymbolKind> = new Set(["variable", "constant"])

/** One of several definitions of the same name: where it stands, and what it says. */
export type Half = Pick<FoundSymbol, "content" | "index" | "symbol">

/**
 * What a declaration announces, among all definitions of its name: a C or C++ prototype (`int f(void);`), a method in its
 * class body, an `extern` variable, a TypeScript overload, a name of a `.d.ts` beside its script. Empty for what is a
 * definition itself, and where the tree has none for it (a header of a library).
 */
export function announced<T extends Half>(view: View, modules: Modules, half: T, all: readonly T[]): readonly T[] {
  if (all.length < 2 || !isDeclaration(view, half)) return []
  const family = familyIn(view, half)
  const matching = all.filter(
    (other) => familyIn(view, other) === family && isSame(half.symbol, other.symbol) && !isDeclaration(view, other),
  )
  const beside = matching.filter(({ content }) => content === half.content)
  if (beside.length > 0 || isInternal(view, half)) return beside
  if (family === "javascript") return ofTypings(view, half, matching)
  const elsewhere = matching.filter((one) => !isInternal(view, one))
  if (elsewhere.length < 2) return elsewhere
  // Several programs in one tree, or one for each system: those whose file has the header, else that of its name.
  const headers = view.tree.pathsOf(half.content)
  const including = elsewhere.filter(({ content }) =>
    view.tree.pathsOf(content).some((path) => headers.some((header) => modules.reachable(path).has(header))),
  )
  if (including.length > 0) return including
  const stems = new Set(headers.map(stemOf))
  const namesakes = elsewhere.filter(({ content }) =>
    view.tree.pathsOf(content).some((path) => stems.has(stemOf(path))),
  )
  return namesakes.length > 0 ? namesakes : elsewhere
}

/** Each once, with what a declaration announces in its place. */
export function asDefined<T extends Half>(view: View, modules: Modules, some: readonly T[], all: readonly T[]): T[] {
  const found = new Map<string, T>()
  for (const half of some) {
    const definitions = announced(view, modules, half, all)
    for (const one of definitions.length > 0 ? definitions : [half]) found.set(keyOf(one), one)
  }
  return [...found.values()]
}

/** What is asked about with its other halves: definitions first, then the declarations of them. */
export function withHalves<T extends Half>(view: View, modules: Modules, some: readonly T[], all: readonly T[]): T[] {
  const defined = asDefined(view, modules, some, all)
  const found = new Map(defined.map((one) => [keyOf(one), one]))
  for (const other of all)
    if (!found.has(keyOf(other)) && announced(view, modules, other, all).some((one) => defined.includes(one)))
      found.set(keyOf(other), other)
  return [...found.values()]
}

/** In C and C++ seen by nobody outside its file: `static`, in a nameless namespace, a macro that is in no header. */
export function isInternal(view: View, half: Half): boolean {
  if (familyIn(view, half) !== "c") return false
  const { kind, isExported } = half.symbol
  if (kind === "macro") return !view.tree.pathsOf(half.content).some((path) => header.test(path))
  return !isExported && (kind === "function" || value.has(kind))
}

const header = /\.(?:h|hh|hpp|hxx|h\+\+|inc|inl|ipp|tpp|def|cuh)$/i

function isDeclaration(view: View, { content, symbol }: Half): boolean {
  const { kind, signature } = symbol
  switch (familyIn(view, { content })) {
    case "c":
      return callable.has(kind) ? signature.endsWith(";") : value.has(kind) && /^extern\b[^=]*$/.test(signature)
    case "javascript":
      return view.tree.pathsOf(content).some(isTypings) || (callable.has(kind) && isBodiless(view, content, symbol))
    default:
      return false
  }
}

/**
 * Nothing of it comes after its signature. Of a name that a thousand files use this is asked a thousand times; a symbol
 * belongs to one content, which never changes.
 */
function isBodiless(view: View, content: number, symbol: SymbolDefinition): boolean {
  const known = bodiless.get(symbol)
  if (known !== undefined) return known
  const { startLine, endLine, signature } = symbol
  const lines = linesBetween(view.text(content) ?? "", startLine, endLine)
  const bare = (text: string) => collapsed(text).replace(/\s*;$/, "")
  const isIt = bare(lines.join("\n")).endsWith(bare(signature))
  bodiless.set(symbol, isIt)
  return isIt
}

const bodiless = new WeakMap<SymbolDefinition, boolean>()

/** `Foo::bar` and `ns::Foo::bar` are one: a definition may stand where the namespace is in use. */
function isSame(a: SymbolDefinition, b: SymbolDefinition): boolean {
  const isAlike = callable.has(a.kind)
    ? callable.has(b.kind)
    : value.has(a.kind)
      ? value.has(b.kind)
      : a.kind === b.kind
  const [short, long] = a.path.length < b.path.length ? [a.path, b.path] : [b.path, a.path]
  if (!isAlike || (short.length === 0) !== (long.length === 0)) return false
  return short.every((name, at) => name === long[long.length - short.length + at])
}

/** Of `parser.d.ts`: what parser.js beside it defines. */
function ofTypings<T extends Half>(view: View, half: Half, others: readonly T[]): readonly T[] {
  const scripts = new Set(
    view.tree.pathsOf(half.content).flatMap((path) => {
      const stem = path.replace(typings, "")
      return stem === path ? [] : [".js", ".mjs", ".cjs", ".jsx"].map((end) => stem + end)
    }),
  )
  return others.filter(({ content }) => view.tree.pathsOf(content).some((path) => scripts.has(path)))
}

const typings = /\.d\.[cm]?ts$/
const isTypings = (path: string): boolean => typings.test(path)

const familyIn = (view: View, { content }: Pick<Half, "content">) =>
  familyOf(view.contents.get(content)?.language ?? "")
const stemOf = (path: string) => basename(path).replace(/\.[^.]+$/, "")
const keyOf = ({ content, index }: Half) => `${content} ${index}`
