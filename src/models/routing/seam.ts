/**
 * Joins a continuation to the text that was shown before it. Models that are told to continue often say the last words
 * again, or begin anew; what they repeat exactly is dropped.
 */
export interface Seam {
  /** More of the continuation; gives what can be shown by now. */
  push(text: string): string
  /** The continuation is at its end; gives what was still held back. */
  finish(): string
}

/** Farther back than this a repeat is only looked for at the very beginning of the text. */
const farthestBack = 2_000

/**
 * Of all ends of `shown` with which the continuation begins, the longest that `isRepeat` is dropped; also all of `shown`.
 * Text is held back only as long as it still may become one: as a rule for no more than a few characters.
 */
export function seam(shown: string): Seam {
  let held = ""
  let isOpen = shown !== ""
  let repeated = 0
  /** Where in `shown` all of `held` stands, with more of `shown` behind it. */
  let places = startsIn(shown)

  const decide = (): string => {
    isOpen = false
    return held.slice(repeated)
  }

  return {
    push(text) {
      if (!isOpen) return text
      const at = held.length
      held += text
      for (let i = at; i < held.length && places.length > 0; i++) {
        const unit = held.charCodeAt(i)
        const next: number[] = []
        for (const place of places) {
          if (shown.charCodeAt(place + i) !== unit) continue
          if (place + i + 1 < shown.length) next.push(place)
          else if (isRepeat(shown, i + 1)) repeated = i + 1
        }
        places = next
      }
      return places.length > 0 ? "" : decide()
    },
    finish() {
      if (!isOpen) return ""
      // It began anew and stopped before it came to anything new.
      if (places[0] === 0 && signs(held) >= fewestSigns && !shown.endsWith(held)) repeated = held.length
      return decide()
    },
  }
}

function startsIn(shown: string): number[] {
  const first = Math.max(0, shown.length - farthestBack)
  const places = first > 0 ? [0] : []
  for (let place = first; place < shown.length; place++) places.push(place)
  return places
}

const fewestSigns = 10

/**
 * Whether a continuation that begins with the last `length` characters of `shown` repeats them. It must be enough not to
 * be chance: ten characters that are no space, or all that was shown if that is at least three, or the word of at least
 * three letters that broke off. And it must not be a text that repeats itself ("0, 0, 0, "): there nobody can tell.
 */
export function isRepeat(shown: string, length: number): boolean {
  const overlap = shown.slice(shown.length - length)
  const isLong = signs(overlap) >= fewestSigns
  const isAll = length === shown.length && signs(overlap) >= 3
  const isWord = /^\p{L}{3,}$/u.test(overlap) && !/[\p{L}\p{N}_]$/u.test(shown.slice(0, -length))
  return (isLong || isAll || isWord) && !isPeriodic(overlap) && !shown.endsWith(overlap + overlap)
}

const signs = (text: string): number => text.replace(/\s+/g, "").length

/** Whether a text is one piece at least twice over, the last time perhaps in part. Knuth, Morris and Pratt's failure function. */
function isPeriodic(text: string): boolean {
  const borders = new Int32Array(text.length)
  let border = 0
  for (let i = 1; i < text.length; i++) {
    while (border > 0 && text.charCodeAt(i) !== text.charCodeAt(border)) border = borders[border - 1] ?? 0
    if (text.charCodeAt(i) === text.charCodeAt(border)) border++
    borders[i] = border
  }
  return text.length > 1 && (text.length - border) * 2 <= text.length
}
