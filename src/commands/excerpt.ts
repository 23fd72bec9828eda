import { partsOf, stemOf, termsOf, wordsOf } from "../code/index/words.ts"

/** Lines of a passage that are shown, some between them left out. */
export interface Excerpt {
  /** Numbers of the lines, as in the file. */
  readonly numbers: readonly number[]
  readonly text: string
}

export interface Sought {
  /** Number of the passage's first line. */
  readonly textLine: number
  /** Line of the definition's name: kept when the passage has it. */
  readonly headLine: number | undefined
  /** Lines that match. */
  readonly matches: readonly number[]
  readonly stems: ReadonlySet<string>
  /** About so many lines are shown. */
  readonly most: number
}

/**
 * The lines of a passage that a reader looks for: the head of the definition, then those where the sought words stand, the
 * one with most words not yet seen first, each with its neighbours. One line or two between shown ones are shown too.
 */
export function excerptOf(text: string, { textLine, headLine, matches, stems, most }: Sought): Excerpt {
  const lines = text.replace(/\n$/, "").split("\n")
  const chosen = new Set<number>()
  const put = (at: number) => {
    if (at >= 0 && at < lines.length && chosen.size < most) chosen.add(at)
  }
  if (lines.length <= most) for (let at = 0; at < lines.length; at++) put(at)
  const head = headLine === undefined || headLine - textLine >= lines.length ? -1 : headLine - textLine
  put(head)
  const best = inOrderOfNews(lines, matches, textLine, stems)
  // Words stand in many lines, of which the best few say enough; of a pattern each line counts.
  const centres = stems.size > 0 ? best.slice(0, 3) : best
  const around = centres.length * 3 <= most ? 1 : 0
  for (const at of centres) for (const near of [at, at + around, at - around]) put(near)
  // What room is left goes to the surroundings.
  const growing = centres.length > 0 ? centres : [Math.max(0, head)]
  for (let away = 0; away < Math.min(most, lines.length); away++)
    for (const at of growing) {
      put(at + away)
      if (centres.length > 0) put(at - away)
    }
  // A mark for what is left out would take as much room as a line or two.
  for (let at = 1; at < lines.length; at++) {
    if (chosen.has(at) || !chosen.has(at - 1)) continue
    const next = [at + 1, at + 2].find((one) => chosen.has(one)) ?? at
    for (let between = at; between < next; between++) chosen.add(between)
  }
  const shown = [...chosen].sort((a, b) => a - b)
  return { numbers: shown.map((at) => textLine + at), text: shown.map((at) => lines[at]).join("\n") }
}

/** Indexes of the matching lines; each next one is that with most stems which none before it has. */
function inOrderOfNews(
  lines: readonly string[],
  matches: readonly number[],
  textLine: number,
  stems: ReadonlySet<string>,
): number[] {
  const left = matches
    .map((line) => line - textLine)
    .filter((at) => at >= 0 && at < lines.length)
    .map((at) => ({
      at,
      stems: new Set(
        wordsOf(lines[at] ?? "")
          .flatMap(termsOf)
          .filter((stem) => stems.has(stem)),
      ),
    }))
  const seen = new Set<string>()
  const ordered: number[] = []
  while (left.length > 0) {
    let best = 0
    const worth = ({ stems: own }: (typeof left)[number]) => [...own].filter((stem) => !seen.has(stem)).length
    for (let other = 1; other < left.length; other++) {
      const [a, b] = [left[other], left[best]]
      if (a && b && (worth(a) - worth(b) || a.stems.size - b.stems.size) > 0) best = other
    }
    for (const one of left.splice(best, 1)) {
      ordered.push(one.at)
      for (const stem of one.stems) seen.add(stem)
    }
  }
  return ordered
}

/** What of a text has one of the stems, as it stands there: words, and of a name the parts that have it. */
export function soughtWords(text: string, stems: ReadonlySet<string>): string[] {
  const found = new Set<string>()
  if (stems.size === 0) return []
  for (const word of new Set(wordsOf(text))) {
    const lower = word.toLowerCase()
    const parts = partsOf(word).filter((part) => stems.has(stemOf(part)) && lower.includes(part))
    for (const part of parts) found.add(word.slice(lower.indexOf(part), lower.indexOf(part) + part.length))
    if (parts.length === 0 && termsOf(word).some((stem) => stems.has(stem))) found.add(word)
  }
  return [...found]
}

/** A run of letters wherever it stands, in whatever case. */
export function soughtRuns(text: string, run: string): string[] {
  const found = new Set<string>()
  if (run === "") return []
  const [lower, wanted] = [text.toLowerCase(), run.toLowerCase()]
  // Lower case is longer than upper for a few letters, and places would then not be the same.
  if (lower.length !== text.length) return text.includes(run) ? [run] : []
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + wanted.length))
    found.add(text.slice(at, at + wanted.length))
  return [...found]
}
