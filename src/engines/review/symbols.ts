import { parseFile } from "../../code/parse/parse-file.ts"
import type { SymbolDefinition } from "../../code/types.ts"
import { type ChangedFile, linesOf } from "./change-set.ts"

/** What became of a definition. `body`: only what is inside it. */
export type SymbolChange = "added" | "removed" | "signature" | "moved" | "renamed" | "body"

/** A definition on one side, with the text that is its own. */
interface Sided {
  readonly path: string
  /** With the names around it: `Log.append`. */
  readonly name: string
  readonly symbol: SymbolDefinition
  readonly text: string
  /** Its text without the definitions inside it. */
  readonly own: string
}

export interface SymbolDifference {
  readonly change: SymbolChange
  /** Undefined where it was added. */
  readonly before: Sided | undefined
  /** Undefined where it was removed. */
  readonly after: Sided | undefined
}

/** Larger texts are not parsed for a review. */
const mostLength = 400_000
/** Of one file: what is written by a program has thousands. */
const mostSymbols = 2_000

/**
 * Which definitions a change adds, removes, moves, renames or changes, from the syntax of both sides. A definition that only
 * differs inside a definition that it holds is not named.
 */
export async function symbolDifferences(
  files: readonly ChangedFile[],
  pause: () => Promise<void>,
): Promise<SymbolDifference[]> {
  const differences: SymbolDifference[] = []
  const removed: Sided[] = []
  const added: Sided[] = []
  for (const file of files) {
    if (file.unread !== undefined) continue
    await pause()
    const before = await definitionsIn(file.oldPath, file.before)
    const after = await definitionsIn(file.path, file.after)
    for (const [key, olds] of before) {
      const news = after.get(key) ?? []
      for (const [at, old] of olds.entries()) {
        const now = news[at]
        if (!now) removed.push(old)
        else if (flat(old.symbol.signature) !== flat(now.symbol.signature)) {
          differences.push({ change: "signature", before: old, after: now })
        } else if (flat(old.own) !== flat(now.own)) differences.push({ change: "body", before: old, after: now })
      }
    }
    for (const [key, news] of after) added.push(...news.slice((before.get(key) ?? []).length))
  }
  return [...differences, ...paired(removed, added)]
}

/** What is gone here and new there with the same inside was moved or renamed. */
function paired(removed: readonly Sided[], added: readonly Sided[]): SymbolDifference[] {
  const free = new Set(added)
  const differences: SymbolDifference[] = []
  for (const before of removed) {
    const candidates = [...free].filter(
      (after) => after.symbol.kind === before.symbol.kind && sameBut(before, after) && before.text.length >= leastMoved,
    )
    const after = candidates.find(({ symbol }) => symbol.name === before.symbol.name) ?? candidates[0]
    if (!after) {
      differences.push({ change: "removed", before, after: undefined })
      continue
    }
    free.delete(after)
    differences.push({ change: after.symbol.name === before.symbol.name ? "moved" : "renamed", before, after })
  }
  for (const after of free) differences.push({ change: "added", before: undefined, after })
  return differences
}

/** Shorter ones are alike by chance. */
const leastMoved = 40

/** Its own name counts for nothing, nor whether it is exported. */
function sameBut(before: Sided, after: Sided): boolean {
  const neutral = ({ text, symbol }: Sided) =>
    flat(text.replaceAll(symbol.name, "\0")).replace(
      /^(?:export (?:default )?|pub(?:\([^)]*\))? |public |private )/,
      "",
    )
  return neutral(before) === neutral(after)
}

async function definitionsIn(path: string, text: string | null): Promise<ReadonlyMap<string, Sided[]>> {
  const byKey = new Map<string, Sided[]>()
  if (text === null || text.length > mostLength) return byKey
  const { symbols } = await parseFile(path, text)
  const lines = linesOf(text)
  // A document's sections are no definitions.
  const shown = symbols.filter(({ kind }) => kind !== "section").slice(0, mostSymbols)
  for (const symbol of shown) {
    const name = [...symbol.path, symbol.name].join(".")
    const inner = shown.filter(
      (other) =>
        other !== symbol &&
        other.startLine >= symbol.startLine &&
        other.endLine <= symbol.endLine &&
        isWithin(other, symbol),
    )
    // A local of a function is told with the function.
    if (isLocal(symbol, shown)) continue
    const isInner = (line: number) =>
      inner.some((one) => !isLocal(one, shown) && one.startLine <= line && line <= one.endLine)
    const own = lines.slice(symbol.startLine - 1, symbol.endLine).filter((_, at) => !isInner(symbol.startLine + at))
    const sided = {
      path,
      name,
      symbol,
      text: lines.slice(symbol.startLine - 1, symbol.endLine).join("\n"),
      own: own.join("\n"),
    }
    const key = `${symbol.kind} ${name}`
    byKey.set(key, [...(byKey.get(key) ?? []), sided])
  }
  return byKey
}

const isWithin = (inner: SymbolDefinition, outer: SymbolDefinition) =>
  inner.path.length > outer.path.length && inner.path[outer.path.length] === outer.name

const callable: ReadonlySet<string> = new Set(["function", "method", "constructor", "macro"])

/** Whether it stands inside a function. */
const isLocal = (symbol: SymbolDefinition, all: readonly SymbolDefinition[]): boolean =>
  symbol.path.length > 0 &&
  all.some(
    (outer) =>
      callable.has(outer.kind) &&
      isWithin(symbol, outer) &&
      outer.startLine <= symbol.startLine &&
      symbol.endLine <= outer.endLine,
  )

const flat = (text: string) => text.replace(/\s+/g, " ").trim()
