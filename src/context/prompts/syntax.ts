import { InvalidInputError } from "../../base/errors.ts"
import { lineStarts } from "../../base/text.ts"

/** A place in a template's file; both count from 1. */
export interface Spot {
  readonly line: number
  readonly column: number
}

/** The file may be that of a partial. */
interface Tag extends Spot {
  readonly file: string
}

/** What a template is made of, with the place of each tag. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  /** `isQuoted`: in a fence that nothing in it closes. */
  | (Tag & { readonly kind: "value"; readonly path: readonly string[]; readonly isQuoted: boolean })
  /** Where the rules or the gathered context go. */
  | (Tag & { readonly kind: "block"; readonly name: "rules" | "context" })
  | (Tag & {
      readonly kind: "if"
      readonly path: readonly string[]
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
    })
  | (Tag & { readonly kind: "each"; readonly path: readonly string[]; readonly body: readonly Node[] })
  | (Tag & { readonly kind: "partial"; readonly name: string })

/** What is wrong with a template, at a place of its file. */
export class TemplateError extends InvalidInputError {
  constructor(path: string, { line, column }: Spot, message: string) {
    super({
      code: "TEMPLATE_INVALID",
      message: `${path}:${line}:${column}: ${message.replaceAll("\n", " ")}`,
      hint: "docs/prompts.md says how templates are written; `duck prompt list` says which can't be used.",
      details: { path, line, column },
    })
  }
}

const tag = /\{\{([^{}]*)\}\}/g
const name = /^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*$/

const deepest = 50

interface Open extends Tag {
  readonly kind: "if" | "each"
  readonly path: readonly string[]
  readonly body: Node[]
  otherwise: Node[] | undefined
}

/**
 * Reads `{{name}}`, `{{quoted name}}`, `{{#if name}} {{else}} {{/if}}`, `{{#each list}} {{this}} {{/each}}`, `{{> partial}}`,
 * `{{rules}}` and `{{context}}`. A line with nothing but a tag that shows nothing leaves no line behind. Throws TemplateError.
 */
export function parseTemplate(text: string, file: string, firstLine: number): Node[] {
  const root: Node[] = []
  const open: Open[] = []
  let at = 0
  const starts = lineStarts(text)
  let row = 0
  // Tags come in their order, so that the line only ever goes on.
  const spotAt = (offset: number): Spot => {
    while ((starts[row + 1] ?? Number.POSITIVE_INFINITY) <= offset) row += 1
    return { line: firstLine + row, column: offset - (starts[row] ?? 0) + 1 }
  }
  const target = () => {
    const last = open.at(-1)
    return last ? (last.otherwise ?? last.body) : root
  }
  const pushText = (end: number) => {
    const shown = text.slice(at, end)
    const stray = shown.indexOf("{{")
    if (stray >= 0) throw new TemplateError(file, spotAt(at + stray), "`{{` begins a tag that is never closed by `}}`.")
    if (shown !== "") target().push({ kind: "text", text: shown })
  }

  for (const found of text.matchAll(tag)) {
    const { from, to } = extent(text, found.index, found.index + found[0].length, isSilent(found[1] ?? ""))
    pushText(Math.max(at, from))
    at = to
    const spot: Tag = { file, ...spotAt(found.index) }
    const fail = (message: string): never => {
      throw new TemplateError(file, spot, message)
    }
    const pathOf = (words: string, of: string) =>
      name.test(words) ? words.split(".") : fail(`\`${words}\` is no name for ${of}.`)
    const inside = (found[1] ?? "").trim()
    const opening = /^#(if|each)\s+(.+)$/.exec(inside)
    if (opening) {
      if (open.length >= deepest) fail(`Blocks stand at most ${deepest} deep in each other.`)
      const kind = opening[1] === "if" ? "if" : "each"
      open.push({ kind, path: pathOf(opening[2] ?? "", `{{#${kind}}}`), ...spot, body: [], otherwise: undefined })
    } else if (inside === "else") {
      const last = open.at(-1)
      if (last?.kind !== "if" || last.otherwise) fail("{{else}} belongs in an {{#if}}, once.")
      else last.otherwise = []
    } else if (inside === "/if" || inside === "/each") {
      const last = open.pop()
      if (!last || last.kind !== inside.slice(1)) return fail(`{{${inside}}} closes nothing.`)
      const { kind, path, body, otherwise = [], line, column } = last
      const shared = { path, body, file, line, column }
      target().push(kind === "if" ? { kind, ...shared, otherwise } : { kind, ...shared })
    } else if (inside.startsWith(">")) {
      target().push({ kind: "partial", name: inside.slice(1).trim(), ...spot })
    } else if (inside === "rules" || inside === "context") {
      target().push({ kind: "block", name: inside, ...spot })
    } else {
      const isQuoted = /^quoted\s/.test(inside)
      const named = isQuoted ? inside.slice("quoted".length).trim() : inside
      target().push({ kind: "value", path: pathOf(named, "a value"), isQuoted, ...spot })
    }
  }
  pushText(text.length)
  const left = open.at(-1)
  if (left) throw new TemplateError(file, left, `{{#${left.kind} ${left.path.join(".")}}} is never closed.`)
  return root
}

const isSilent = (inside: string) => /^\s*(?:#|\/|else\s*$)/.test(inside)

/** Of a tag that shows nothing and has its line to itself, the whole line. */
function extent(text: string, from: number, to: number, hasNoText: boolean): { from: number; to: number } {
  if (!hasNoText) return { from, to }
  const lineStart = text.lastIndexOf("\n", from - 1) + 1
  const rest = /^[ \t]*\r?\n/.exec(text.slice(to))
  return rest && text.slice(lineStart, from).trim() === "" ? { from: lineStart, to: to + rest[0].length } : { from, to }
}
