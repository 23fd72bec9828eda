import type { AstGrep } from "../../code/ast-grep.ts"
import { type SyntaxNode, syntaxTree } from "../../code/refactorings/syntax-tree.ts"

interface Edit {
  readonly start: number
  readonly end: number
  readonly text: string
}

const applied = (text: string, edits: readonly Edit[]): string =>
  [...edits]
    .sort((a, b) => b.start - a.start)
    .reduce((now, { start, end, text: fresh }) => now.slice(0, start) + fresh + now.slice(end), text)

const script = /^(typescript|tsx|javascript)$/
const functions =
  /^(function_declaration|generator_function_declaration|function_expression|arrow_function|method_definition|function_definition|function_item|method_declaration)$/

/** How a language says that something is not written; the words are put in quotes. */
const unwritten: Readonly<Record<string, (words: string) => string>> = {
  typescript: (words) => `throw new Error(${words})`,
  tsx: (words) => `throw new Error(${words})`,
  javascript: (words) => `throw new Error(${words})`,
  python: (words) => `raise NotImplementedError(${words})`,
  go: (words) => `panic(${words})`,
  rust: (words) => `todo!(${words})`,
  java: (words) => `throw new UnsupportedOperationException(${words});`,
  elixir: (words) => `raise ${words}`,
  ruby: (words) => `raise NotImplementedError, ${words}`,
}

/** Languages of which a scaffold can be made. */
export const canBeEmptied = (language: string): boolean => Object.hasOwn(unwritten, language)

/** The statement that says so, in the manner of the text. */
export function unwrittenIn(language: string, name: string, text: string): string {
  const quote = /(["'])[^"'\\\n]*\1/.exec(text)?.[1] === "'" && script.test(language) ? "'" : '"'
  const said = unwritten[language]?.(`${quote}${name} is a scaffold: it is not written yet${quote}`) ?? ""
  const lines = text.split("\n").filter((line) => /^\s*(import|return|const|let)\b/.test(line))
  const ends = lines.filter((line) => line.trimEnd().endsWith(";")).length
  return script.test(language) && ends > lines.length / 2 ? `${said};` : said
}

/**
 * A file of the same shape with nothing in it: the bodies of its functions say that they are not written, its comments
 * (which speak of the other file) are gone, but for a licence at the top. Constructors stay: what they set is the shape.
 */
export function emptied(grammars: AstGrep, language: string, text: string, name: string): string {
  if (language === "elixir" || language === "ruby") return emptiedByLines(language, text, name)
  const root = syntaxTree(grammars, language, text)
  const edits: Edit[] = []
  const statement = unwrittenIn(language, name, text)
  const indentAt = (at: number) => /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", at - 1) + 1))?.[0] ?? ""
  const step = /\n(\t| {2,8})(?=\S)/.exec(text)?.[1] ?? "  "
  const visit = (node: SyntaxNode) => {
    if (/comment/.test(node.kind)) {
      if (node.start === 0 && /licen[cs]e|copyright|spdx/i.test(node.text)) return
      edits.push(wholeLines(text, node))
      return
    }
    const body = functions.test(node.kind) ? node.field("body") : undefined
    if (!body || /^(constructor|__init__)$/.test(node.field("name")?.text ?? "")) {
      for (const child of node.named) visit(child)
      return
    }
    const indent = indentAt(node.start)
    const isComponent = /^(tsx|javascript)$/.test(language) && /<\w|<>/.test(body.text) && !/^method/.test(node.kind)
    const inner = `${indent}${step}${isComponent ? statement.replace(/^throw new Error\(.*\)/, "return null") : statement}`
    if (language === "python") edits.push({ start: body.start, end: body.end, text: inner.trimStart() })
    else edits.push({ start: body.start, end: body.end, text: `{\n${inner}\n${indent}}` })
  }
  visit(root)
  const bare = applied(text, edits).replace(/\n{3,}/g, "\n\n")
  return withoutUnused(grammars, language, bare.replace(/^\s*\n/, ""))
}

/** A comment with its line, where nothing else stands on it. */
function wholeLines(text: string, { start, end }: SyntaxNode): Edit {
  const from = text.lastIndexOf("\n", start - 1) + 1
  const to = text.indexOf("\n", end)
  const isAlone = text.slice(from, start).trim() === "" && (to < 0 || text.slice(end, to).trim() === "")
  return isAlone ? { start: from, end: to < 0 ? text.length : to + 1, text: "" } : { start, end, text: "" }
}

function emptiedByLines(language: string, text: string, name: string): string {
  const statement = unwrittenIn(language, name, text)
  const lines: string[] = []
  let until: string | undefined
  for (const line of text.split("\n")) {
    if (until !== undefined) {
      if (line !== until) continue
      until = undefined
    } else if (/^\s*#/.test(line)) continue
    lines.push(line)
    const opens = (language === "ruby" ? /^(\s*)def\s/ : /^(\s*)defp?\s.*\sdo\s*$/).exec(line)
    if (!opens || /\bend\s*$/.test(line)) continue
    lines.push(`${opens[1]}  ${statement}`)
    until = `${opens[1]}end`
  }
  return lines.join("\n")
}

/** Without imports and own helpers that only the bodies used. */
function withoutUnused(grammars: AstGrep, language: string, text: string): string {
  if (language === "go") return goImports(text)
  if (language === "python") return pythonImports(text)
  if (!script.test(language)) return text
  let now = text
  for (let round = 0; round < 20; round += 1) {
    const edits = syntaxTree(grammars, language, now).named.flatMap((node) => unusedIn(now, node))
    if (edits.length === 0) break
    now = applied(now, edits)
  }
  return now.replace(/\n{3,}/g, "\n\n").replace(/^\n+/, "")
}

const mentions = (text: string, name: string) =>
  [...text.matchAll(new RegExp(`(?<![\\w$])${RegExp.escape(name)}(?![\\w$])`, "g"))].length

function unusedIn(text: string, node: SyntaxNode): Edit[] {
  const whole = { start: node.start, end: /^\r?\n/.test(text.slice(node.end)) ? node.end + 1 : node.end, text: "" }
  if (node.kind === "import_statement") {
    const clause = node.named.find(({ kind }) => kind === "import_clause")
    if (!clause) return []
    const outside = text.slice(0, node.start) + text.slice(node.end)
    const isUsed = (local: string) => mentions(outside, local) > 0
    const lists = clause.named.find(({ kind }) => kind === "named_imports")
    const names = lists?.named ?? []
    const kept = names.filter((one) => isUsed(one.text.split(/\s+/).at(-1) ?? ""))
    const others = clause.named
      .filter((one) => one !== lists)
      .filter((one) => isUsed(one.text.split(/\s+/).at(-1) ?? ""))
    if (kept.length === 0 && others.length === 0) return [whole]
    if (lists && kept.length > 0 && kept.length < names.length)
      return [{ start: lists.start, end: lists.end, text: `{ ${kept.map((one) => one.text).join(", ")} }` }]
    return []
  }
  if (
    !/^(function_declaration|class_declaration|lexical_declaration|interface_declaration|type_alias_declaration)$/.test(
      node.kind,
    )
  )
    return []
  const declared =
    node.field("name")?.text ?? node.named.find(({ kind }) => kind === "variable_declarator")?.field("name")?.text
  return declared && /^[\w$]+$/.test(declared) && mentions(text, declared) === 1 ? [whole] : []
}

const goImports = (text: string) =>
  text
    .replace(/^(?:import )?\s*"([^"]+)"\s*\n/gm, (line, module: string) =>
      new RegExp(`\\b${RegExp.escape(module.split("/").at(-1) ?? "")}\\.`).test(text.replace(/^import[^)]*\)/m, ""))
        ? line
        : "",
    )
    .replace(/^import \(\s*\)\n/m, "")

const pythonImports = (text: string) =>
  text
    .split("\n")
    .flatMap((line) => {
      const [, head, list] = /^((?:from\s+\S+\s+)?import\s+)([\w., ]+)$/.exec(line) ?? []
      if (head === undefined || list === undefined || /__future__/.test(line)) return [line]
      const names = list.split(",").map((one) => one.trim())
      const kept = names.filter((one) => mentions(text.replaceAll(line, ""), one.split(/\s+as\s+|\./).at(-1) ?? "") > 0)
      return kept.length === 0 ? [] : [`${head}${kept.join(", ")}`]
    })
    .join("\n")
