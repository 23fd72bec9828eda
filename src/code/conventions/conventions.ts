import { posix } from "node:path"
import { throwIfAborted } from "../../base/signal.ts"
import type { CodeIndex } from "../code-index.ts"
import { isTestPath } from "../graph/families.ts"
import { languageOf } from "../parse/languages.ts"
import { fileHabits } from "./file-habits.ts"
import { nameStyle } from "./name-style.ts"
import { type Habit, placeHabits } from "./place-habits.ts"

/** How often one way is taken. */
export interface Share {
  /** "kebab-case", "double", "beside the file". */
  readonly value: string
  /** Files that mostly do it this way. */
  readonly files: number
  /** `path` or `path:line`, at most three. */
  readonly examples: readonly string[]
}

export interface Convention {
  /** "file names", "quotes", "place of tests". */
  readonly topic: string
  /** Files in which anything could be told. */
  readonly files: number
  /** Most frequent first. */
  readonly shares: readonly Share[]
}

export interface Conventions {
  /** Folder that was looked at; "" for the project. */
  readonly under: string
  /** Language of most files; the conventions are those of its family. "" where there is no code. */
  readonly language: string
  /** Files of that language, and how many of them were read. */
  readonly files: number
  readonly filesRead: number
  readonly conventions: readonly Convention[]
}

const mostFiles = 400
const mostExamples = 3
/** Together they are one language to whoever writes them. */
const family: Readonly<Record<string, string>> = { tsx: "typescript", jsx: "javascript" }
const familyAt = (path: string): string | undefined => {
  const language = languageOf(path)
  // Prose and data have no conventions of code.
  if (!language || language.grammar === undefined || /^(json|yaml|toml|html|css|markdown)/.test(language.id)) return
  return family[language.id] ?? language.id
}

/**
 * How the code under a folder is written, measured from the index: each file has one vote on each topic, by what it does
 * most. Of more than 400 files every nth is read. Nothing is asked of a model.
 */
export async function conventionsOf(
  index: Pick<CodeIndex, "files" | "text" | "importsOf" | "outline">,
  {
    under = "",
    language: wanted,
    signal,
  }: { under?: string; language?: string | undefined; signal?: AbortSignal } = {},
): Promise<Conventions> {
  const all = index.files(under === "" ? undefined : under)
  const byLanguage = Map.groupBy(all, (path) => familyAt(path) ?? "")
  byLanguage.delete("")
  const most = [...byLanguage].sort((a, b) => b[1].length - a[1].length)[0]
  const language = wanted === undefined ? (most?.[0] ?? "") : (family[wanted] ?? wanted)
  const paths = byLanguage.get(language) ?? []
  const step = Math.max(1, Math.ceil(paths.length / mostFiles))
  const read = paths.filter((_, at) => at % step === 0)

  const votes = tally()
  for (const path of read) {
    throwIfAborted(signal)
    const text = await index.text(path)
    if (text === undefined) continue
    const [imports, outline] = await Promise.all([index.importsOf(path), index.outline(path)])
    const file = { path, text, language, isTest: isTestPath(path), imports: imports.items, outline: outline.items }
    votes.cast(path, fileHabits(file))
  }
  // Names and places need no reading: every file counts.
  for (const path of paths) {
    const stem = posix.basename(path).split(".")[0] ?? ""
    const style = isTestPath(path) ? undefined : nameStyle(stem)
    votes.cast(path, [...(style ? [{ topic: "file names", value: style }] : []), ...placeHabits(path, paths)])
  }
  return { under, language, files: paths.length, filesRead: read.length, conventions: votes.conventions() }
}

/** Counts for each topic the value that a file shows most. */
function tally() {
  const topics = new Map<string, Map<string, { files: number; examples: string[] }>>()
  return {
    cast(path: string, habits: Iterable<Habit>) {
      const seen = new Map<string, Map<string, { times: number; line: number | undefined }>>()
      for (const { topic, value, line } of habits) {
        const values = seen.get(topic) ?? new Map()
        seen.set(topic, values)
        const one = values.get(value) ?? { times: 0, line }
        values.set(value, { ...one, times: one.times + 1 })
      }
      for (const [topic, values] of seen) {
        const [value, { line }] = [...values].sort((a, b) => b[1].times - a[1].times)[0] ?? ["", { line: undefined }]
        const shares = topics.get(topic) ?? new Map()
        topics.set(topic, shares)
        const share = shares.get(value) ?? { files: 0, examples: [] }
        shares.set(value, share)
        share.files += 1
        if (share.examples.length < mostExamples) share.examples.push(line === undefined ? path : `${path}:${line}`)
      }
    },
    conventions: (): Convention[] =>
      [...topics].map(([topic, shares]) => ({
        topic,
        files: [...shares.values()].reduce((sum, { files }) => sum + files, 0),
        shares: [...shares]
          .map(([value, share]) => ({ value, ...share }))
          .sort((a, b) => b.files - a.files || (a.value < b.value ? -1 : 1)),
      })),
  }
}

/** "87 % of 210 files", of its most frequent way. */
export const spokenShare = ({ files }: Pick<Convention, "files">, share: Pick<Share, "files">): string =>
  `${Math.round((share.files / files) * 100)} % of ${files} ${files === 1 ? "file" : "files"}`

/** The most frequent way, where at least three fifths go it. */
export function usual({ conventions }: Conventions, topic: string): string | undefined {
  const convention = conventions.find((one) => one.topic === topic)
  const first = convention?.shares[0]
  return first && convention && first.files / convention.files >= 0.6 ? first.value : undefined
}
