/** Ways in which two lines are taken for the same, from the strictest on. */
export type Likeness = "exact" | "trailing-white-space" | "quotes" | "indentation" | "indentation-and-quotes"

export const likenesses: readonly Likeness[] = [
  "exact",
  "trailing-white-space",
  "quotes",
  "indentation",
  "indentation-and-quotes",
]

/** A line as it is compared. */
export const comparable: Record<Likeness, (text: string) => string> = {
  exact: (text) => text,
  "trailing-white-space": (text) => text.trimEnd(),
  quotes: (text) => plainSigns(text).trimEnd(),
  indentation: (text) => text.trim(),
  "indentation-and-quotes": (text) => plainSigns(text).trim(),
}

/** Typographic quotes, dashes and spaces as a keyboard has them. */
const plainSigns = (text: string): string =>
  /[^\0-\x7f]/.test(text)
    ? text
        .replace(/[\u2018\u2019\u201a\u201b\u2032]/g, "'")
        .replace(/[\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb]/g, '"')
        .replace(/[\u2010-\u2015\u2212]/g, "-")
        .replace(/[\u00a0\u2000-\u200a\u202f\u3000]/g, " ")
        .replaceAll("\u2026", "...")
    : text

/** Where in `lines` the block stands, line for line, within [from, to). */
export function blocksIn(
  lines: readonly string[],
  block: readonly string[],
  likeness: Likeness,
  from = 0,
  to = lines.length,
): number[] {
  if (block.length === 0) return []
  const compare = comparable[likeness]
  const wanted = block.map(compare)
  const found: number[] = []
  for (let at = from; at + block.length <= to; at++) {
    let n = 0
    while (n < wanted.length && compare(lines[at + n] as string) === wanted[n]) n += 1
    if (n === wanted.length) found.push(at)
  }
  return found
}
