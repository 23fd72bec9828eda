/** A set of code units as ranges, both ends inclusive. */
export type Chars = readonly (readonly [from: number, to: number])[]

const top = 0xffff
export const everyChar: Chars = [
  [0, 9],
  [11, top],
]
const digits: Chars = [[48, 57]]
const word: Chars = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
]
const space: Chars = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x2000, 0x200a],
]

export function overlap(a: Chars, b: Chars): boolean {
  return a.some(([from, to]) => b.some(([start, end]) => from <= end && start <= to))
}

function complement(chars: Chars): Chars {
  const sorted = [...chars].sort((a, b) => a[0] - b[0])
  const found: [number, number][] = []
  let at = 0
  for (const [from, to] of sorted) {
    if (from > at) found.push([at, from - 1])
    at = Math.max(at, to + 1)
  }
  if (at <= top) found.push([at, top])
  return found
}

const one = (text: string): Chars => {
  const code = text.charCodeAt(0)
  return [[code, code]]
}

const controls: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, f: 12, v: 11, 0: 0, a: 7, e: 27 }

/** The signs that one sign, one escape or one class in brackets stands for. */
export function charsOf(source: string): Chars {
  if (source.startsWith("[")) return classOf(source.slice(1, -1))
  if (!source.startsWith("\\")) return one(source)
  const sign = source[1] ?? ""
  switch (sign) {
    case "d":
      return digits
    case "D":
      return complement(digits)
    case "w":
      return word
    case "W":
      return complement(word)
    case "s":
      return space
    case "S":
      return complement(space)
    case "p":
      return [...word, [0x80, top]]
    case "P":
      return complement(word)
    case "x":
    case "u": {
      const code = Number.parseInt(source.replace(/^\\[xu]\{?|\}$/g, ""), 16)
      return Number.isNaN(code) ? one(sign) : [[Math.min(code, top), Math.min(code, top)]]
    }
    default: {
      const control = controls[sign]
      return control === undefined ? one(sign) : [[control, control]]
    }
  }
}

const inClass = /\\(?:u\{[0-9a-fA-F]+\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[pP]\{[^}]*\}|[\s\S])|\[:\w+:\]|[\s\S]/g

function classOf(body: string): Chars {
  const isNegated = body.startsWith("^")
  const tokens = (isNegated ? body.slice(1) : body).match(inClass) ?? []
  const found: (readonly [number, number])[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? ""
    const chars = token === "\\b" ? one("\b") : charsOf(token.startsWith("[:") ? "\\w" : token)
    const end = tokens[i + 2]
    const single = chars.length === 1 && chars[0]?.[0] === chars[0]?.[1]
    if (tokens[i + 1] === "-" && end !== undefined && single) {
      const to = charsOf(end)
      found.push([chars[0]?.[0] ?? 0, to[0]?.[1] ?? 0])
      i += 2
    } else found.push(...chars)
  }
  return isNegated ? complement(found) : found
}
