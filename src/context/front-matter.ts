import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from "yaml"
import { asDuckError } from "../base/errors.ts"

/** Both count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** Why front matter can't be read. */
export interface FrontMatterProblem extends Place {
  readonly name: "front-matter" | "yaml"
  readonly message: string
}

/** What stands between the dashes at the top of a Markdown file, and the text below. */
export interface FrontMatter {
  /** Undefined where there is none, or it can't be read. */
  readonly fields: Readonly<Record<string, unknown>> | undefined
  /** Without empty lines around it. */
  readonly body: string
  /** 1-based line of the file at which the body begins. */
  readonly bodyLine: number
  readonly problems: readonly FrontMatterProblem[]
  /** Where a field's value stands in the file; of one that is not there, the first line. */
  placeOf(path: readonly PropertyKey[]): Place
  /** Where a field's name stands. */
  keyPlaceOf(key: string): Place
}

const start: Place = { line: 1, column: 1 }
/** Alone, an alias and its anchors could grow a small text to gigabytes. */
const mostAliases = 20

/**
 * Reads YAML front matter. What is no YAML is a problem with its place and the body is still given. `isLoose`: other
 * assistants write globs without quotes (`globs: **\/*.ts`), which YAML takes for an alias; such values are quoted first.
 */
export function readFrontMatter(text: string, { isLoose = false } = {}): FrontMatter {
  const plain = text.replace(/^\ufeff/, "")
  const found = /^---[ \t]*\r?\n([\s\S]*?)(?:^|\n)---[ \t]*(?:\r?\n|$)/.exec(plain)
  const nowhere = { placeOf: () => start, keyPlaceOf: () => start }
  if (!found) {
    const isOpen = /^---[ \t]*\r?\n/.test(plain) && /^---[ \t]*\r?\n[ \t]*[\w-]+:/.test(plain)
    const problems: FrontMatterProblem[] = isOpen
      ? [{ name: "front-matter", ...start, message: "The front matter has no closing `---`." }]
      : []
    return { fields: undefined, body: plain.trim(), bodyLine: 1, problems, ...nowhere }
  }
  const [whole, yaml = ""] = found
  const body = plain.slice(whole.length)
  const bodyLine = whole.split("\n").length
  const lines = new LineCounter()
  const document = parseDocument(isLoose ? quoted(yaml) : yaml, { lineCounter: lines, prettyErrors: false })
  // The front matter begins after the line of dashes.
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line: line + 1, column: Math.max(1, col) }
  }
  const problem = (place: Place, message: string): FrontMatterProblem => ({ name: "yaml", ...place, message })
  const problems = document.errors.map(({ message, pos }) =>
    problem(at(pos[0]), `The front matter is no YAML: ${message.replace(/\.$/, "")}.`),
  )
  let fields: unknown
  if (problems.length === 0) {
    try {
      fields = document.toJS({ maxAliasCount: mostAliases }) ?? {}
    } catch (error) {
      problems.push(problem(start, `The front matter can't be read: ${asDuckError(error).message.replace(/\.$/, "")}.`))
    }
  }
  if (fields !== undefined && (typeof fields !== "object" || fields === null || Array.isArray(fields))) {
    problems.push(problem(at(0), "The front matter must be fields: `name: value`."))
    fields = undefined
  }
  const nodeAt = (keys: readonly PropertyKey[]): Node | undefined => {
    let node: unknown = document.contents
    for (const key of keys) {
      if (isMap(node)) node = node.get(key, true)
      else if (isSeq(node)) node = node.get(key, true)
      else break
    }
    return node !== null && typeof node === "object" && "range" in node ? (node as Node) : undefined
  }
  return {
    fields: fields as Readonly<Record<string, unknown>> | undefined,
    body: body.trim(),
    bodyLine: bodyLine + (/^\s*\n/.test(body) ? body.slice(0, body.search(/\S|$/)).split("\n").length - 1 : 0),
    problems,
    placeOf(keys) {
      for (let n = keys.length; n > 0; n--) {
        const node = nodeAt(keys.slice(0, n))
        if (node?.range) return at(node.range[0])
      }
      return start
    },
    keyPlaceOf(key) {
      if (!isMap(document.contents)) return start
      const pair = document.contents.items.find(({ key: name }) => isScalar(name) && name.value === key)
      return isScalar(pair?.key) && pair.key.range ? at(pair.key.range[0]) : start
    },
  }
}

/** Values that begin with a star or a brace, which only globs do here. Length changes only after what is quoted. */
const quoted = (yaml: string): string =>
  yaml.replace(
    /^([ \t]*(?:-|(?:globs|applyTo|paths|fileMatchPattern|inclusion)[ \t]*:)[ \t]+)([*{!][^\r\n]*?)([ \t]*)$/gm,
    (_whole, name: string, value: string, rest: string) => `${name}${JSON.stringify(value)}${rest}`,
  )
