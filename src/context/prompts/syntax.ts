import { InvalidInputError } from "../../base/errors.ts"

/** A template as a tree. Lines are those of its file. */
export type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "value"; readonly path: readonly string[]; readonly line: number }
  /** Where the rules or the gathered context go. */
  | { readonly kind: "block"; readonly name: "rules" | "context"; readonly line: number }
  | {
      readonly kind: "if"
      readonly path: readonly string[]
      readonly body: readonly Node[]
      readonly otherwise: readonly Node[]
      readonly line: number
    }
  | { readonly kind: "each"; readonly path: readonly string[]; readonly body: readonly Node[]; readonly line: number }
  | { readonly kind: "partial"; readonly name: string; readonly line: number }

/** What is wrong with a template, at a line of its file. */
export class TemplateError extends InvalidInputError {
  constructor(path: string, line: number, message: string) {
    super({
      code: "TEMPLATE_INVALID",
      message: `${path}:${line}: ${message}`,
      hint: "`duck prompt show` shows templates that are as they should be.",
      details: { path, line },
    })
  }
}

const tag = /\{\{([^{}]*)\}\}/g
const name = /^[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)*$/

interface Open {
  readonly kind: "if" | "each"
  readonly path: readonly string[]
  readonly line: number
  readonly body: Node[]
  otherwise: Node[] | undefined
}

/**
 * Reads `{{name}}`, `{{#if name}} {{else}} {{/if}}`, `{{#each list}} {{this}} {{/each}}`, `{{> partial}}`, `{{rules}}` and
 * `{{context}}`. A line with nothing but a tag that shows nothing leaves no line behind. Throws TemplateError.
 */
export function parseTemplate(text: string, file: string, firstLine: number): Node[] {
  const source = text.replace(/^[ \t]*(\{\{(?:#if|#each|\/if|\/each|else\b)[^{}]*\}\})[ \t]*\r?\n/gm, "$1\u0000")
  const root: Node[] = []
  const open: Open[] = []
  let at = 0
  let line = firstLine
  const target = () => {
    const last = open.at(-1)
    return last ? (last.otherwise ?? last.body) : root
  }
  const pushText = (end: number) => {
    const piece = source.slice(at, end)
    const shown = piece.replaceAll("\u0000", "")
    if (shown !== "") target().push({ kind: "text", text: shown })
    line += piece.split(/[\n\u0000]/).length - 1
  }
  const fail = (message: string): never => {
    throw new TemplateError(file, line, message)
  }
  const pathOf = (words: string, of: string) =>
    name.test(words) ? words.split(".") : fail(`\`${words}\` is no name for ${of}.`)

  for (const found of source.matchAll(tag)) {
    pushText(found.index)
    at = found.index + found[0].length
    const inside = (found[1] ?? "").trim()
    const opening = /^#(if|each)\s+(.+)$/.exec(inside)
    if (opening) {
      const kind = opening[1] === "if" ? "if" : "each"
      open.push({ kind, path: pathOf(opening[2] ?? "", `{{#${kind}}}`), line, body: [], otherwise: undefined })
    } else if (inside === "else") {
      const last = open.at(-1)
      if (last?.kind !== "if" || last.otherwise) fail("{{else}} belongs in an {{#if}}, once.")
      else last.otherwise = []
    } else if (inside === "/if" || inside === "/each") {
      const last = open.pop()
      if (!last || last.kind !== inside.slice(1)) return fail(`{{${inside}}} closes nothing.`)
      const { kind, path, body, otherwise = [] } = last
      target().push(
        kind === "if" ? { kind, path, body, otherwise, line: last.line } : { kind, path, body, line: last.line },
      )
    } else if (inside.startsWith(">")) {
      target().push({ kind: "partial", name: inside.slice(1).trim(), line })
    } else if (inside === "rules" || inside === "context") {
      target().push({ kind: "block", name: inside, line })
    } else {
      target().push({ kind: "value", path: pathOf(inside, "a value"), line })
    }
  }
  pushText(source.length)
  const left = open.at(-1)
  if (left) throw new TemplateError(file, left.line, `{{#${left.kind} ${left.path.join(".")}}} is never closed.`)
  return root
}
