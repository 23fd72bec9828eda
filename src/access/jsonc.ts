import { InvalidInputError } from "../base/errors.ts"

/**
 * JSON with `//` and block comments and trailing commas, read into a tree that remembers where everything stands, so
 * that a mistake in a settings file can be named by its line and one value changed without touching the rest.
 */
export type JsoncNode = JsoncObject | JsoncArray | JsoncLeaf
interface Span {
  /** Offsets into the text; `end` is exclusive. */
  readonly start: number
  readonly end: number
}
export interface JsoncObject extends Span {
  readonly kind: "object"
  readonly members: readonly JsoncMember[]
}
export interface JsoncMember extends Span {
  readonly key: string
  readonly value: JsoncNode
}
export interface JsoncArray extends Span {
  readonly kind: "array"
  readonly items: readonly JsoncNode[]
}
export interface JsoncLeaf extends Span {
  readonly kind: "leaf"
  readonly value: string | number | boolean | null
}

/** A syntax error, with the 1-based place. */
export class JsoncError extends InvalidInputError {
  readonly line: number
  readonly column: number
  constructor(what: string, place: { line: number; column: number }) {
    super({ code: "INVALID_JSON", message: `${what} at line ${place.line}, column ${place.column}.`, details: place })
    this.line = place.line
    this.column = place.column
  }
}

const maxDepth = 100
const leafPattern = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y
const stringPattern = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y
const blankPattern = /(?:[ \t\r\n]|\/\/[^\n\r]*|\/\*[\s\S]*?\*\/)*/y

/** Throws JsoncError. A key that stands twice in one object is an error. */
export function parseJsonc(text: string): JsoncNode {
  let at = text.startsWith("\ufeff") ? 1 : 0

  const fail = (what: string): never => {
    throw new JsoncError(what, placeOf(text, at))
  }
  const found = () => (at < text.length ? `found ${JSON.stringify(text[at])}` : "the text ends")
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const matched = pattern.exec(text)?.[0]
    if (matched !== undefined) at += matched.length
    return matched
  }
  const skipBlank = () => {
    match(blankPattern)
    if (text.startsWith("/*", at)) fail("A comment is not closed, it starts")
  }
  const string = (): string => {
    const raw = match(stringPattern)
    if (raw === undefined) return fail(text[at] === '"' ? "A string is not closed or not valid, it starts" : found())
    return JSON.parse(raw)
  }

  const value = (depth: number): JsoncNode => {
    if (depth > maxDepth) fail(`Nested more than ${maxDepth} deep`)
    skipBlank()
    const start = at
    const first = text[at]
    if (first === "{") return { kind: "object", members: between("}", () => member(depth)), start, end: at }
    if (first === "[") return { kind: "array", items: between("]", () => value(depth + 1)), start, end: at }
    if (first === '"') return { kind: "leaf", value: string(), start, end: at }
    const raw = match(leafPattern)
    if (raw === undefined) return fail(`A value is expected, but ${found()}`)
    return { kind: "leaf", value: JSON.parse(raw), start, end: at }
  }
  const member = (depth: number): JsoncMember => {
    const start = at
    if (text[at] !== '"') fail(`A name in double quotes is expected, but ${found()}`)
    const key = string()
    skipBlank()
    if (text[at] !== ":") fail(`":" is expected, but ${found()}`)
    at += 1
    const held = value(depth + 1)
    return { key, value: held, start, end: held.end }
  }
  const between = <T>(close: string, one: () => T): T[] => {
    const items: T[] = []
    at += 1
    skipBlank()
    while (text[at] !== close) {
      items.push(one())
      skipBlank()
      if (text[at] === ",") at += 1
      else if (text[at] !== close) fail(`"," or "${close}" is expected, but ${found()}`)
      skipBlank()
    }
    at += 1
    return items
  }

  const root = value(0)
  skipBlank()
  if (at < text.length) fail(`The end is expected, but ${found()}`)
  refuseDoubles(root, text)
  return root
}

/** The tree as a plain value. Objects have no prototype, so that no key can reach one. */
export function plainValueOf(node: JsoncNode): unknown {
  if (node.kind === "leaf") return node.value
  if (node.kind === "array") return node.items.map(plainValueOf)
  const object: Record<string, unknown> = Object.create(null)
  for (const { key, value } of node.members) object[key] = plainValueOf(value)
  return object
}

/** The node that `path` leads to, through objects and arrays. */
export function nodeAt(root: JsoncNode, path: readonly (string | number)[]): JsoncNode | undefined {
  let node: JsoncNode | undefined = root
  for (const step of path) {
    if (node?.kind === "object") node = node.members.find(({ key }) => key === String(step))?.value
    else if (node?.kind === "array") node = node.items[Number(step)]
    else return undefined
  }
  return node
}

/**
 * `text` with the value at `path` set, or taken out where `value` is undefined; comments and layout of the rest stay.
 * An empty text counts as `{}`. Throws JsoncError, and InvalidInputError where the path leads through something that
 * is not an object.
 */
export function editJsonc(text: string, path: readonly string[], value: unknown): string {
  const source = text.trim() === "" ? "{}\n" : text
  const root = parseJsonc(source)
  let node: JsoncNode = root
  for (let depth = 0; depth < path.length; depth++) {
    if (node.kind !== "object") {
      throw new InvalidInputError({ message: `"${path.slice(0, depth).join(".")}" is not an object.` })
    }
    const member: JsoncMember | undefined = node.members.find(({ key }) => key === path[depth])
    if (member === undefined) {
      if (value === undefined) return source
      return insert(source, node, path[depth] ?? "", nest(path.slice(depth + 1), value))
    }
    if (depth === path.length - 1 && value === undefined) return cut(source, node, member)
    node = member.value
  }
  return source.slice(0, node.start) + indented(value, source, node.start) + source.slice(node.end)
}

const nest = (path: readonly string[], value: unknown): unknown =>
  path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)

function insert(source: string, object: JsoncObject, key: string, value: unknown): string {
  const margin = marginOf(source, object.start)
  const last = object.members.at(-1)
  const at = last ? last.end : object.start + 1
  const line = `\n${margin}  ${JSON.stringify(key)}: ${JSON.stringify(value, null, 2).replaceAll("\n", `\n${margin}  `)}`
  if (last) return `${source.slice(0, at)},${line}${source.slice(commaAfter(source, at))}`
  const rest = source.slice(at)
  return `${source.slice(0, at)}${line}${/^[ \t]*\}/.test(rest) ? `\n${margin}` : ""}${rest.replace(/^[ \t]+(?=\})/, "")}`
}

function cut(source: string, object: JsoncObject, member: JsoncMember): string {
  const index = object.members.indexOf(member)
  const previous = object.members[index - 1]
  const after = commaAfter(source, member.end)
  // The last one takes the comma before it along, unless there is one behind it.
  const from = previous && after === member.end ? previous.end : source.slice(0, member.start).trimEnd().length
  return source.slice(0, from) + source.slice(after)
}

/** Past the comma that follows `at`, or `at` when none does before the next value. */
function commaAfter(source: string, at: number): number {
  blankPattern.lastIndex = at
  const end = at + (blankPattern.exec(source)?.[0].length ?? 0)
  return source[end] === "," ? end + 1 : at
}

const indented = (value: unknown, source: string, at: number) =>
  JSON.stringify(value, null, 2).replaceAll("\n", `\n${marginOf(source, at)}`)

function marginOf(source: string, at: number): string {
  const line = source.slice(source.lastIndexOf("\n", at - 1) + 1, at)
  return /^[ \t]*/.exec(line)?.[0] ?? ""
}

/** 1-based line and column of an offset. */
export function placeOf(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset)
  const line = before.split("\n").length
  return { line, column: offset - (before.lastIndexOf("\n") + 1) + 1 }
}

function refuseDoubles(node: JsoncNode, text: string): void {
  if (node.kind === "array") for (const item of node.items) refuseDoubles(item, text)
  if (node.kind !== "object") return
  const seen = new Set<string>()
  for (const member of node.members) {
    if (seen.has(member.key)) throw new JsoncError(`"${member.key}" stands twice`, placeOf(text, member.start))
    seen.add(member.key)
    refuseDoubles(member.value, text)
  }
}
