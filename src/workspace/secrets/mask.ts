import type { KnownSecret } from "./env-values.ts"
import { secretFormats } from "./formats.ts"

/** A secret that was found, without it. */
export interface Masked {
  /** What stands in its place, the same for the same secret: `[secret:github-token:1]`. */
  readonly placeholder: string
  /** The format's name, or `env:NAME`. */
  readonly format: string
  /** How often it was masked. */
  readonly count: number
}

/** Takes secrets out of the text of one conversation, always by the same placeholders. */
export interface SecretMasker {
  /** A whole text. */
  mask(text: string): string
  /**
   * Text that comes in pieces: what `push` gives and `end` gives together is `mask` of all that was pushed, wherever the
   * pieces were cut. The line that has not ended is held back, and a private key, at most some 16,000 characters.
   */
  stream(): { push(piece: string): string; end(): string }
  /** The secret that a placeholder stands for, so that a tool can use what the model may only refer to. */
  reveal(placeholder: string): string | undefined
  /** What has been masked so far. */
  report(): readonly Masked[]
}

interface Span {
  readonly start: number
  readonly end: number
  readonly format: string
}

/** `known` are secrets by value, from the project's `.env` files and the like; they are found wherever they stand. */
export function secretMasker({ known = [] }: { readonly known?: readonly KnownSecret[] } = {}): SecretMasker {
  const bySecret = new Map<string, { placeholder: string; format: string; count: number }>()
  const byPlaceholder = new Map<string, string>()
  const numbers = new Map<string, number>()
  const values = known.flatMap(linesOfSecret)

  const placeholderOf = (secret: string, format: string): string => {
    const seen = bySecret.get(secret)
    if (seen) {
      seen.count += 1
      return seen.placeholder
    }
    const number = (numbers.get(format) ?? 0) + 1
    numbers.set(format, number)
    const placeholder = `[secret:${format}:${number}]`
    bySecret.set(secret, { placeholder, format, count: 1 })
    byPlaceholder.set(placeholder, secret)
    return placeholder
  }

  const masked = (text: string, spans: readonly Span[]): string => {
    let result = ""
    let at = 0
    for (const { start, end, format } of spans) {
      result += text.slice(at, start) + placeholderOf(text.slice(start, end), format)
      at = end
    }
    return result + text.slice(at)
  }

  const maskedPart = (text: string) => masked(text, spansIn(text, values))
  return {
    mask(text) {
      if (!mayHold(text, values)) return text
      let result = ""
      for (let at = 0; at < text.length; ) {
        const end = partEnd(text, at) ?? text.length
        result += maskedPart(text.slice(at, end))
        at = end
      }
      return result
    },
    stream() {
      let held = ""
      return {
        push(piece) {
          held += piece
          let shown = ""
          let at = 0
          for (let end = partEnd(held, at); end !== undefined; end = partEnd(held, at)) {
            shown += maskedPart(held.slice(at, end))
            at = end
          }
          held = held.slice(at)
          return shown
        },
        end() {
          const rest = maskedPart(held)
          held = ""
          return rest
        },
      }
    },
    reveal: (placeholder) => byPlaceholder.get(placeholder),
    report: () => [...bySecret.values()].map((one) => ({ ...one })),
  }
}

/** A value of several lines is looked for line by line, as only lines are looked at; short ones may stand anywhere. */
function linesOfSecret({ name, value }: KnownSecret): KnownSecret[] {
  if (value.length < 8 || value.length > longestPart) return []
  if (!value.includes("\n")) return [{ name, value }]
  const lines = value.split(/\r?\n/).map((line) => line.trim())
  return lines.filter((line) => line.length >= 16 && !line.startsWith("-----")).map((line) => ({ name, value: line }))
}

/** The longest part that is looked at as a whole. A secret across the edge of a longer line could be missed. */
const longestPart = 16_384

/**
 * Where the part that begins at `from` ends: a line, or all lines of a private key. Undefined: more text has to come to
 * know. Only what lies before the end decides, so that it is the same however the text comes.
 */
function partEnd(text: string, from: number): number | undefined {
  const window = text.slice(from, from + longestPart)
  const isFull = window.length === longestPart
  const newline = window.indexOf("\n")
  if (newline < 0) return isFull ? from + wordEnd(window) : undefined
  const line = window.slice(0, newline)
  const begin = line.lastIndexOf("-----BEGIN ")
  if (begin < 0 || !/PRIVATE KEY/.test(line.slice(begin)) || line.indexOf("-----END ", begin) > 0)
    return from + newline + 1
  const end = /-----END [^\n]*\n/.exec(window.slice(newline))
  if (end) return from + newline + end.index + end[0].length
  return isFull ? from + window.lastIndexOf("\n") + 1 : undefined
}

/** A very long line is parted where a word ends. */
function wordEnd(window: string): number {
  for (let at = window.length; at > window.length / 2; at--) if (/[\s"'<>,;(){}]/.test(window.charAt(at - 1))) return at
  return window.length
}

const anyHint = new RegExp(
  [...new Set(secretFormats.flatMap((format) => format.hints))].map((hint) => RegExp.escape(hint)).join("|"),
  "i",
)

const mayHold = (text: string, known: readonly KnownSecret[]): boolean =>
  anyHint.test(text) || known.some((one) => text.includes(one.value))

/** All secrets of a part, in order, none over another: where two overlap, the one that begins first, else the longer. */
function spansIn(text: string, known: readonly KnownSecret[]): Span[] {
  if (!mayHold(text, known)) return []
  const spans: Span[] = []
  for (const { name, value } of known)
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + value.length))
      spans.push({ start: at, end: at + value.length, format: `env:${name}` })
  for (const { name, pattern, isSecret } of secretFormats)
    for (const match of text.matchAll(pattern)) {
      const secret = match.groups?.secret ?? match[0]
      if (isSecret && !isSecret(secret)) continue
      const start = match.index + match[0].lastIndexOf(secret)
      spans.push({ start, end: start + secret.length, format: name })
    }
  spans.sort((a, b) => a.start - b.start || b.end - a.end)
  let free = 0
  return spans.filter((span) => {
    if (span.start < free) return false
    free = span.end
    return true
  })
}
