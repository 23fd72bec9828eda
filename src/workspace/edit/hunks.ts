import { blocksIn, type Likeness, likenesses } from "./alike.ts"
import { editAmbiguous, editNotFound } from "./errors.ts"
import { type Line, linesOf, textOf, usualEnd } from "./lines.ts"
import { nearestTo } from "./nearest.ts"
import type { Hunk, HunkLine } from "./patch.ts"
import { reindenter } from "./reindent.ts"

/** Where a hunk went, and how far that is from what it said. */
export interface HunkApplied {
  /** 1-based, in the old file. */
  readonly line: number
  /** Lines away from where the hunk said it was; 0 where it said nothing. */
  readonly offset: number
  /** How like its lines are to those of the file. */
  readonly likeness: Likeness
  /** Lines of context at its ends that did not fit and were left out. */
  readonly fuzz: number
}

const mostFuzz = 2
/** Beyond so many lines a line number says nothing when the lines stand in several places. */
const nearLines = 20

/**
 * Applies hunks to a text, in their order. Lines that no hunk removes stay as they are to the byte, also those that a hunk
 * only resembles. Throws EDIT_NOT_FOUND or EDIT_AMBIGUOUS; then nothing is applied.
 */
export function applyHunks(text: string, hunks: readonly Hunk[]): { text: string; applied: readonly HunkApplied[] } {
  const lines = linesOf(text)
  const texts = lines.map((line) => line.text)
  const usual = usualEnd(lines)
  const result: Line[] = []
  const applied: HunkApplied[] = []
  let cursor = 0
  let drift = 0
  const inOrder = hunks.every((hunk) => hunk.oldStart !== undefined)
    ? [...hunks].sort((a, b) => (a.oldStart ?? 0) - (b.oldStart ?? 0))
    : hunks
  inOrder.forEach((hunk, i) => {
    const name = hunks.length === 1 ? "The text of the hunk" : `The text of hunk ${i + 1}`
    const place = placeOf(hunk, { texts, cursor, drift, name, text })
    drift += place.offset
    applied.push({ line: place.at + 1, offset: place.offset, likeness: place.likeness, fuzz: place.fuzz })
    result.push(...lines.slice(cursor, place.at))
    const written = hunkLines(hunk, place, lines, usual)
    result.push(...written.lines)
    cursor = place.at + written.consumed
  })
  result.push(...lines.slice(cursor))
  // Only the last line may lack its end.
  const whole = result.map((line, i) => (line.end === "" && i < result.length - 1 ? { ...line, end: usual } : line))
  return { text: textOf(whole), applied }
}

interface Placed {
  readonly at: number
  readonly offset: number
  readonly likeness: Likeness
  readonly fuzz: number
  /** The hunk's lines without the context that did not fit. */
  readonly lines: readonly HunkLine[]
}

interface Search {
  readonly texts: readonly string[]
  readonly cursor: number
  readonly drift: number
  readonly name: string
  readonly text: string
}

const oldTexts = (lines: readonly HunkLine[]) =>
  lines.filter((line) => line.kind !== "+").map((line) => line.text.replace(/\r$/, ""))

function placeOf(hunk: Hunk, search: Search): Placed {
  const { texts, cursor, drift, name, text } = search
  const from = afterAnchors(hunk, search)
  const expected = hunk.oldStart === undefined ? undefined : Math.max(cursor, hunk.oldStart - 1 + drift)
  const block = oldTexts(hunk.lines)
  if (block.length === 0) {
    const at = expected ?? (hunk.anchors.length > 0 && !hunk.isAtEnd ? from : texts.length)
    return { at: Math.min(at, texts.length), offset: 0, likeness: "exact", fuzz: 0, lines: hunk.lines }
  }
  for (let fuzz = 0; fuzz <= mostFuzz; fuzz++)
    for (const cut of cuts(hunk.lines, fuzz)) {
      const wanted = oldTexts(cut.lines)
      for (const likeness of likenesses) {
        // An anchor may also be given once more as the first line of context.
        let found = blocksIn(texts, wanted, likeness, from)
        if (found.length === 0 && from > cursor) found = blocksIn(texts, wanted, likeness, from - 1)
        if (hunk.isAtEnd && found.length > 1) found = found.slice(-1)
        const at = chosen(found, expected === undefined ? undefined : expected + cut.before, hunk, name)
        if (at === undefined) continue
        const offset = expected === undefined ? 0 : at - cut.before - expected
        return { at, offset, likeness, fuzz, lines: cut.lines }
      }
    }
  throw editNotFound(name, nearestTo(text, `${block.join("\n")}\n`))
}

function chosen(found: readonly number[], expected: number | undefined, hunk: Hunk, name: string): number | undefined {
  if (found.length <= 1) return found[0]
  const numbers = found.map((at) => at + 1)
  if (expected === undefined) {
    if (hunk.anchors.length > 0) return found[0]
    throw editAmbiguous(name, numbers)
  }
  const nearest = found.reduce((a, b) => (Math.abs(b - expected) < Math.abs(a - expected) ? b : a))
  if (Math.abs(nearest - expected) > nearLines) throw editAmbiguous(name, numbers)
  return nearest
}

/** The hunk without `fuzz` lines of context in all, taken from its beginning and its end. */
function* cuts(lines: readonly HunkLine[], fuzz: number) {
  for (let before = fuzz; before >= 0; before--) {
    const after = fuzz - before
    const dropped = [...lines.slice(0, before), ...lines.slice(lines.length - after)]
    const kept = lines.slice(before, lines.length - after)
    if (dropped.every((line) => line.kind === " ") && oldTexts(kept).length > 0) yield { lines: kept, before }
  }
}

function afterAnchors(hunk: Hunk, { texts, cursor, text }: Search): number {
  let from = cursor
  for (const anchor of hunk.anchors) {
    const found = likenesses.map((likeness) => blocksIn(texts, [anchor], likeness, from)[0])
    const at = found.find((one) => one !== undefined)
    if (at === undefined) throw editNotFound(`The line ${JSON.stringify(anchor)}`, nearestTo(text, `${anchor}\n`))
    from = at + 1
  }
  return from
}

function hunkLines(hunk: Hunk, place: Placed, lines: readonly Line[], usual: "\n" | "\r\n") {
  const found = lines.slice(place.at, place.at + oldTexts(place.lines).length)
  const old = place.lines.filter((line) => line.kind !== "+")
  const isIndented = place.likeness.startsWith("indentation")
  const indent = isIndented
    ? reindenter(
        oldTexts(place.lines),
        found.map((line) => line.text),
      )
    : (text: string) => text
  // A patch without carriage returns for a file that has them means the file's line ends.
  const isLoose = old.some((line, i) => !line.text.endsWith("\r") && found[i]?.end === "\r\n")
  const written: Line[] = []
  let at = 0
  for (const { kind, text } of place.lines) {
    if (kind === "+") {
      const isWindows = text.endsWith("\r")
      written.push({ text: indent(text.replace(/\r$/, "")), end: isWindows ? "\r\n" : isLoose ? usual : "\n" })
    } else {
      const line = found[at++] as Line
      if (kind === " ") written.push(line)
    }
  }
  const last = written.at(-1)
  const isFilesEnd = place.at + found.length === lines.length
  const wasBare = lines.at(-1)?.end === "" && hunk.oldEndsBare === undefined && hunk.newEndsBare === undefined
  if (last && isFilesEnd && (hunk.newEndsBare === true || (wasBare && found.length > 0)))
    written[written.length - 1] = { ...last, end: "" }
  return { lines: written, consumed: found.length }
}
