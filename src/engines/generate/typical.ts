import { posix } from "node:path"
import { throwIfAborted } from "../../base/signal.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import { wordsOf } from "../../code/conventions/name-style.ts"
import { isTestPath, testedName } from "../../code/graph/families.ts"
import { parseFile } from "../../code/parse/parse-file.ts"

/** So many files of a folder are looked at. */
const mostLooked = 40
/** Files of which it is asked what imports them, and of these importers so many are looked at. */
const mostAsked = 5
const mostCandidates = 60
/** One with more lines is no pattern to copy. */
const longest = 400
const isGenerated = (text: string) =>
  /@generated|\b(?:auto-?)?generated\b.*\bdo not edit\b|\bdo not edit\b/i.test(text.slice(0, 1_000))

interface Traits {
  readonly path: string
  readonly text: string
  readonly lines: number
  /** "function, constant": what it exports. */
  readonly shape: string
  readonly hasTest: boolean
  readonly modules: readonly string[]
  readonly words: readonly string[]
}

type TypicalIndex = Pick<CodeIndex, "files" | "text" | "outline" | "importsOf" | "importersOf">

/**
 * The file of a folder that is most like the others: of median length, exporting what most export, with a test and
 * registered where most are; among those, the one whose name has most words in common. Undefined where each is generated,
 * passes on what others define, does not parse or is too long.
 */
export async function mostTypical(
  index: TypicalIndex,
  paths: readonly string[],
  clues: {
    readonly wanted: readonly string[]
    readonly near: ReadonlyMap<string, number>
    readonly signal: AbortSignal
  },
): Promise<{ readonly path: string; readonly why: readonly string[] } | undefined> {
  const looked: Traits[] = []
  const tested = new Set(index.files().flatMap((path) => (isTestPath(path) ? (testedName(path) ?? []) : [])))
  for (const path of sampled(paths, clues)) {
    throwIfAborted(clues.signal)
    const traits = await traitsOf(index, path, tested)
    if (traits) looked.push(traits)
  }
  const lines = looked.map((one) => one.lines).sort((a, b) => a - b)
  const median = lines[(lines.length - 1) >> 1] ?? 1
  const shape = most(looked.map((one) => one.shape))
  const areTested = looked.filter(({ hasTest }) => hasTest).length >= looked.length / 3
  const lists = await listsOf(
    index,
    looked.map(({ path }) => path),
  )
  const using = Map.groupBy(
    looked.flatMap(({ modules }) => modules),
    (one) => one,
  )
  const usual = [...using].filter(([, of]) => of.length >= looked.length / 2).map(([module]) => module)
  const judged = looked
    .map((one) => {
      const isListed = lists.length > 0 && lists.every(({ of }) => of.has(one.path))
      const shared = one.words.filter((word) => clues.wanted.includes(word)).length
      const score =
        -Math.abs(Math.log2(one.lines / median)) +
        (one.shape === shape ? 1.5 : 0) +
        (areTested && one.hasTest ? 2 : 0) +
        (isListed ? 2 : 0) +
        (usual.length === 0 ? 0 : usual.filter((module) => one.modules.includes(module)).length / usual.length) +
        shared +
        (clues.near.get(one.path) ?? 0)
      const why = [
        ...(shared > 0 ? ["its name has words in common"] : []),
        ...(looked.length > 2 && one.shape === shape && shape !== "" ? [`exports a ${shape} as most there do`] : []),
        ...(areTested && one.hasTest ? ["has a test"] : []),
        ...(isListed
          ? [
              `is registered in ${lists
                .slice(0, 2)
                .map(({ path }) => path)
                .join(" and ")} as most there are`,
            ]
          : []),
        `${one.lines} lines where the median is ${median}`,
      ]
      return { ...one, score, why }
    })
    .sort((a, b) => b.score - a.score || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
  for (const { path, text, why } of judged) if (!(await parseFile(path, text)).hasErrors) return { path, why }
  return undefined
}

/** Files that import most of these, told by those that import a few of them. */
async function listsOf(index: TypicalIndex, paths: readonly string[]) {
  const importers = await Promise.all(
    Array.from({ length: Math.min(mostAsked, paths.length) }, (_, at) =>
      index.importersOf(paths[Math.floor((at * paths.length) / Math.min(mostAsked, paths.length))] ?? ""),
    ),
  )
  const candidates = [...new Set(importers.flatMap(({ items }) => items.map(({ path }) => path)))]
  const lists = await Promise.all(
    candidates.slice(0, mostCandidates).map(async (path) => {
      const { items } = await index.importsOf(path)
      return { path, of: new Set(items.flatMap(({ to }) => to)) }
    }),
  )
  return lists.filter(({ of }) => {
    const named = paths.filter((path) => of.has(path)).length
    return named > 1 && named >= paths.length / 2
  })
}

/** Those that a word or a search speaks for, and of the others every nth. */
function sampled(
  paths: readonly string[],
  { wanted, near }: { readonly wanted: readonly string[]; readonly near: ReadonlyMap<string, number> },
): readonly string[] {
  if (paths.length <= mostLooked) return paths
  const isSpokenFor = (path: string) =>
    near.has(path) || wordsOf(posix.basename(path)).some((word) => wanted.includes(word))
  const first = paths.filter(isSpokenFor).slice(0, mostLooked / 2)
  const others = paths.filter((path) => !first.includes(path))
  const step = Math.ceil(others.length / (mostLooked - first.length))
  return [...first, ...others.filter((_, at) => at % step === 0)]
}

async function traitsOf(index: TypicalIndex, path: string, tested: ReadonlySet<string>): Promise<Traits | undefined> {
  const text = await index.text(path)
  const lines = text?.split("\n").length ?? 0
  if (text === undefined || lines > longest || isGenerated(text)) return undefined
  const [outline, imports] = await Promise.all([index.outline(path), index.importsOf(path)])
  const own = outline.items.filter(({ within, kind }) => within.length === 0 && kind !== "section")
  // What defines nothing passes on what others do.
  if (own.length === 0) return undefined
  const name = posix.basename(path).split(".")[0] ?? ""
  const exported = own.filter(({ isExported }) => isExported).map(({ kind }) => kind)
  return {
    ...{ path, text, lines },
    shape: [...new Set(exported)].sort().join(", "),
    hasTest: tested.has(name),
    modules: [...new Set(imports.items.map(({ module }) => module))],
    words: wordsOf(name),
  }
}

const most = (values: readonly string[]): string =>
  [...Map.groupBy(values, (value) => value)].sort((a, b) => b[1].length - a[1].length)[0]?.[0] ?? ""
