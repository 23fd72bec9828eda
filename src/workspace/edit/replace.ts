import { blocksIn, type Likeness, likenesses } from "./alike.ts"
import { diff } from "./diff.ts"
import { editAmbiguous, editEmpty, editNotFound, editPointless } from "./errors.ts"
import { type Line, linesOf, textOf, usualEnd } from "./lines.ts"
import { nearestTo } from "./nearest.ts"
import { reindenter } from "./reindent.ts"

/** What was done to find a text that was not there as it was given. */
export type Recovery = Exclude<Likeness, "exact"> | "line-ends" | "line-numbers"

export interface Replaced {
  readonly text: string
  /** 1-based lines of the old text at which something was replaced. */
  readonly lines: readonly number[]
  /** Empty: the text was there exactly. */
  readonly recovered: readonly Recovery[]
}

/**
 * Replaces `before`, which must stand in `text` exactly once (or anywhere, with `all`). Where it is not there to the
 * letter, whole lines are looked for that differ only in line ends, line numbers pasted in, white space at their ends,
 * typographic signs or indentation, in this order; what was done is told. Lines that `after` does not change stay as the
 * file has them. Throws EDIT_NOT_FOUND, EDIT_AMBIGUOUS, EDIT_WITHOUT_CHANGE, EDIT_OF_NOTHING.
 */
export function replace(
  text: string,
  before: string,
  after: string,
  { all = false }: { all?: boolean } = {},
): Replaced {
  if (before === "") throw editEmpty()
  if (before === after) throw editPointless()
  const exact = replaceExactly(text, before, after, all)
  if (exact) return { ...exact, recovered: [] }
  for (const { old, fresh, recovered } of variants(text, before, after)) {
    if (recovered.length > 0) {
      const found = replaceExactly(text, old, fresh, all)
      if (found) return { ...found, recovered }
    }
    const found = replaceLines(text, old, fresh, all)
    if (found) return { ...found, recovered: [...recovered, ...found.recovered] }
  }
  throw editNotFound("The old text", nearestTo(text, before))
}

function replaceExactly(text: string, before: string, after: string, all: boolean) {
  const places: number[] = []
  for (let at = text.indexOf(before); at >= 0; at = text.indexOf(before, at + before.length)) places.push(at)
  if (places.length === 0) return undefined
  const lines = lineNumbers(text, places)
  if (places.length > 1 && !all) throw editAmbiguous("The old text", lines)
  return { text: text.split(before).join(after), lines }
}

/** 1-based lines of ascending offsets. */
function lineNumbers(text: string, places: readonly number[]): number[] {
  let line = 1
  let from = 0
  return places.map((at) => {
    for (let newline = text.indexOf("\n", from); newline >= 0 && newline < at; newline = text.indexOf("\n", from)) {
      line += 1
      from = newline + 1
    }
    return line
  })
}

/** The two texts as they may have been meant: with the file's line ends, and without line numbers. */
function* variants(text: string, before: string, after: string) {
  const ends = usualEnd(linesOf(text))
  const withEnds = (one: string) => one.replaceAll("\r\n", "\n").replaceAll("\n", ends)
  const recovered: Recovery[] = []
  let [old, fresh] = [before, after]
  if (withEnds(before) !== before) {
    recovered.push("line-ends")
    old = withEnds(before)
    fresh = withEnds(after)
    if (old === fresh) return
  }
  yield { old, fresh, recovered: [...recovered] }
  const bare = withoutNumbers(old)
  if (bare !== undefined)
    yield { old: bare, fresh: withoutNumbers(fresh) ?? fresh, recovered: [...recovered, "line-numbers" as const] }
}

/** Without the line numbers that a listing puts before lines (`12\t`, `  12: `, `12|`, `12→`), if all count up by one. */
function withoutNumbers(text: string): string | undefined {
  const lines = linesOf(text)
  let expected: number | undefined
  const bare: Line[] = []
  for (const line of lines) {
    const [whole, number] = /^ *(\d+)(?:\t|\u2192|: ?|\| ?)/.exec(line.text) ?? []
    if (whole === undefined || (expected !== undefined && Number(number) !== expected)) return undefined
    expected = Number(number) + 1
    bare.push({ ...line, text: line.text.slice(whole.length) })
  }
  return lines.length === 0 ? undefined : textOf(bare)
}

function replaceLines(text: string, before: string, after: string, all: boolean) {
  const lines = linesOf(text)
  const old = linesOf(before)
  const fresh = linesOf(after)
  const texts = lines.map((line) => line.text)
  const block = old.map((line) => line.text)
  // White space alone is everywhere.
  if (block.every((one) => one.trim() === "")) return undefined
  for (const likeness of likenesses) {
    if (likeness === "exact") continue
    const found = apart(blocksIn(texts, block, likeness), block.length)
    if (found.length === 0) continue
    if (found.length > 1 && !all)
      throw editAmbiguous(
        "The old text, but for white space and typographic signs,",
        found.map((at) => at + 1),
      )
    const result: Line[] = []
    let cursor = 0
    for (const at of found) {
      result.push(...lines.slice(cursor, at), ...inPlaceOf(lines.slice(at, at + block.length), old, fresh, likeness))
      cursor = at + block.length
    }
    result.push(...lines.slice(cursor))
    return { text: textOf(result), lines: found.map((at) => at + 1), recovered: [likeness] }
  }
  return undefined
}

/** Blocks that don't overlap, from the first on. */
function apart(found: readonly number[], length: number): number[] {
  let free = 0
  return found.filter((at) => {
    if (at < free) return false
    free = at + length
    return true
  })
}

/** What comes in place of the lines found: they themselves where the edit left them alone, else the new ones. */
function inPlaceOf(found: readonly Line[], old: readonly Line[], fresh: readonly Line[], likeness: Likeness): Line[] {
  const oldTexts = old.map((line) => line.text)
  const foundTexts = found.map((line) => line.text)
  const indent = likeness.startsWith("indentation") ? reindenter(oldTexts, foundTexts) : (one: string) => one
  const written: Line[] = []
  for (const step of diff(
    oldTexts,
    fresh.map((line) => line.text),
  )) {
    if (step.kind === "same") written.push(...found.slice(step.a, step.a + step.length))
    if (step.kind === "insert")
      for (const line of fresh.slice(step.b, step.b + step.length))
        written.push({ text: indent(line.text), end: line.end })
  }
  // Whole lines were replaced: the last one ends as the last one did, whether or not the old text was given with its end.
  const last = written.at(-1)
  const end = found.at(-1)?.end ?? ""
  if (last) written[written.length - 1] = { ...last, end }
  const inner = found.find((line) => line.end !== "")?.end ?? "\n"
  return written.map((line, i) => (i < written.length - 1 && line.end === "" ? { ...line, end: inner } : line))
}
