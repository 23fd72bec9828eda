import { InvalidInputError } from "../base/errors.ts"

const maxDepth = 200
/** ASCII that JSON writes as it is: no quote, no backslash, no control character. */
// biome-ignore lint/complexity/useRegexLiterals: a literal would need escapes that hide the range
const plain = new RegExp("^[ !#-\\[\\]-~]*$")

/**
 * JSON with one spelling for each value, after RFC 8785: no white space, keys sorted by UTF-16 code units, numbers and
 * strings as ECMAScript writes them. Equal values give equal text, so that a hash over it is a hash over the value.
 *
 * Throws InvalidInputError (NOT_JSON), which names the place, for whatever JSON would drop or change without a word:
 * undefined, functions, symbols, bigints, NaN and infinities, lone surrogates, objects that are not plain (dates, maps,
 * instances), cycles. -0 is written as 0.
 */
export function canonicalJson(value: unknown): string {
  return write(value, { of: value, depth: 0 })
}

/** `canonicalJson` of a string. */
export const canonicalString = (text: string): string => (plain.test(text) ? `"${text}"` : canonicalJson(text))

/** Where the writing is: only for the message when it fails, so that it costs nothing when it does not. */
interface Place {
  readonly of: unknown
  depth: number
}

function write(value: unknown, place: Place): string {
  switch (typeof value) {
    case "string":
      return writeString(value, place)
    case "number":
      if (!Number.isFinite(value)) throw notJson(value, place, `is ${value}`)
      return value === 0 ? "0" : `${value}`
    case "boolean":
      return value ? "true" : "false"
    case "object": {
      if (value === null) return "null"
      if (++place.depth > maxDepth) throw refusal("", `is nested more than ${maxDepth} deep, or contains itself`)
      const text = Array.isArray(value) ? writeArray(value, place) : writeObject(value, place)
      place.depth--
      return text
    }
    default:
      throw notJson(value, place, value === undefined ? "is undefined" : `is a ${typeof value}`)
  }
}

function writeString(text: string, place: Place): string {
  if (plain.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw notJson(text, place, "has a lone surrogate")
  return JSON.stringify(text)
}

function writeArray(items: readonly unknown[], place: Place): string {
  let text = "["
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ","
    text += write(items[i], place)
  }
  return `${text}]`
}

function writeObject(object: object, place: Place): string {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null)
    throw notJson(object, place, "is not a plain object")
  let text = ""
  for (const key of sorted(Object.keys(object))) {
    const member = writeKey(key, place) + write((object as Record<string, unknown>)[key], place)
    text = text === "" ? member : `${text},${member}`
  }
  return `{${text}}`
}

/** Keys as they are written, because the same few come again and again. */
const writtenKeys = new Map<string, string>()
const maxWrittenKeys = 4096

function writeKey(key: string, place: Place): string {
  const known = writtenKeys.get(key)
  if (known !== undefined) return known
  const text = `${writeString(key, place)}:`
  if (writtenKeys.size >= maxWrittenKeys) writtenKeys.clear()
  writtenKeys.set(key, text)
  return text
}

/**
 * Sorts in place by UTF-16 code units, which is how JavaScript compares strings. Few keys are sorted by insertion: that is
 * several times as fast as `sort`, and events have few.
 */
function sorted(keys: string[]): string[] {
  if (keys.length > 16) return keys.sort()
  for (let i = 1; i < keys.length; i++) {
    const key = keys[i] ?? ""
    let at = i
    for (let before = keys[at - 1]; before !== undefined && key < before; before = keys[at - 1]) keys[at--] = before
    keys[at] = key
  }
  return keys
}

function notJson(culprit: unknown, { of }: Place, what: string): InvalidInputError {
  return refusal(pathTo(culprit, of, 0) ?? "", what)
}

function refusal(path: string, what: string): InvalidInputError {
  return new InvalidInputError({
    code: "NOT_JSON",
    message: `${path === "" ? "The value" : path} ${what}, which JSON can't carry.`,
    hint: "Leave the property out, or write it as a string, number, boolean, null, array or plain object.",
    details: { path },
  })
}

/**
 * The path to the first place, in the order of writing, where the culprit stands (as a value, or as a key). What
 * comes before it has been found to be finite.
 */
function pathTo(culprit: unknown, value: unknown, depth: number): string | undefined {
  if (Object.is(value, culprit)) return ""
  if (value === null || typeof value !== "object" || depth >= maxDepth) return undefined
  const keys = Array.isArray(value) ? value.keys().map(String) : Object.keys(value).sort()
  for (const key of keys) {
    const path = key === culprit ? "" : pathTo(culprit, (value as Record<string, unknown>)[key], depth + 1)
    if (path !== undefined) return path === "" ? key : `${key}.${path}`
  }
  return undefined
}
