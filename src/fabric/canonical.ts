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
  const path: (string | number)[] = []
  return write(value, path)
}

function write(value: unknown, path: (string | number)[]): string {
  switch (typeof value) {
    case "string":
      return writeString(value, path)
    case "number":
      if (!Number.isFinite(value)) throw notJson(path, `is ${value}`)
      return Object.is(value, -0) ? "0" : String(value)
    case "boolean":
      return value ? "true" : "false"
    case "object":
      if (value === null) return "null"
      if (path.length >= maxDepth) throw notJson(path, `is nested more than ${maxDepth} deep, or contains itself`)
      return Array.isArray(value) ? writeArray(value, path) : writeObject(value, path)
    default:
      throw notJson(path, value === undefined ? "is undefined" : `is a ${typeof value}`)
  }
}

function writeString(text: string, path: readonly (string | number)[]): string {
  if (plain.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw notJson(path, "has a lone surrogate")
  return JSON.stringify(text)
}

function writeArray(items: readonly unknown[], path: (string | number)[]): string {
  let text = "["
  for (let i = 0; i < items.length; i++) {
    path.push(i)
    text += i === 0 ? write(items[i], path) : `,${write(items[i], path)}`
    path.pop()
  }
  return `${text}]`
}

function writeObject(object: object, path: (string | number)[]): string {
  const prototype: unknown = Object.getPrototypeOf(object)
  if (prototype !== null && prototype !== Object.prototype && Object.getPrototypeOf(prototype) !== null)
    throw notJson(path, "is not a plain object")
  const keys = Object.keys(object)
  if (!areSorted(keys)) keys.sort()
  let text = "{"
  for (const key of keys) {
    path.push(key)
    const member = `${writeString(key, path)}:${write((object as Record<string, unknown>)[key], path)}`
    text += text === "{" ? member : `,${member}`
    path.pop()
  }
  return `${text}}`
}

// The comparison of strings is by UTF-16 code units, as the RFC asks.
function areSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i] ?? "") < (keys[i - 1] ?? "")) return false
  return true
}

function notJson(path: readonly (string | number)[], what: string): InvalidInputError {
  const place = path.length === 0 ? "The value" : path.join(".")
  return new InvalidInputError({
    code: "NOT_JSON",
    message: `${place} ${what}, which JSON can't carry.`,
    hint: "Leave the property out, or write it as a string, number, boolean, null, array or plain object.",
    details: { path: path.join(".") },
  })
}
