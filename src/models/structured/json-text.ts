/**
 * Texts in a model's answer that may be the JSON that was asked for, the most likely first: all of it, what stands in
 * code fences, and then objects and lists that stand in prose. All of them parse.
 */
export function* jsonTexts(answer: string): Iterable<{ readonly text: string; readonly value: unknown }> {
  const words = answer.replace(/^\s*<think>[\s\S]*?<\/think>/, "").replace(/^\uFEFF/, "")
  for (const text of candidates(words)) {
    try {
      yield { text, value: JSON.parse(text) }
    } catch {
      // Not this one.
    }
  }
}

function* candidates(words: string): Iterable<string> {
  yield words.trim()
  for (const [, inside] of words.matchAll(/```[\w-]*[^\S\n]*\n([\s\S]*?)\n?[^\S\n]*```/g)) {
    if (inside !== undefined) yield inside.trim()
  }
  yield* bracketed(words)
}

/** Brackets that are opened and never closed are followed to the end: not too often. */
const mostStarts = 100

/** From each opening bracket to the one that closes it; what lies inside one that was found is not looked at again. */
function* bracketed(words: string): Iterable<string> {
  let at = nextOpening(words, 0)
  for (let starts = 0; at >= 0 && starts < mostStarts; starts++) {
    const end = closingOf(words, at)
    if (end > at) yield words.slice(at, end + 1)
    at = nextOpening(words, end > at ? end + 1 : at + 1)
  }
}

function nextOpening(words: string, from: number): number {
  const opening = /[[{]/g
  opening.lastIndex = from
  return opening.exec(words)?.index ?? -1
}

function closingOf(words: string, from: number): number {
  let depth = 0
  let isString = false
  for (let at = from; at < words.length; at++) {
    const sign = words.charAt(at)
    if (isString) {
      if (sign === "\\") at++
      else if (sign === '"') isString = false
    } else if (sign === '"') isString = true
    else if (sign === "{" || sign === "[") depth++
    else if (sign === "}" || sign === "]") {
      depth--
      if (depth === 0) return at
    }
  }
  return -1
}
