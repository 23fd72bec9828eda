import type { TestedLanguage } from "../../workspace/test-runners/framework.ts"
import { typeByDefault } from "./untyped.ts"

export interface Parameter {
  /** As it is written; for one that is taken apart, a name of ours. */
  readonly name: string
  /** "" where it is not written. */
  readonly type: string
  readonly isOptional: boolean
  /** Takes all further arguments. */
  readonly isRest: boolean
  /** Is given by its name (Python, Ruby). */
  readonly isNamed: boolean
}

export interface Signature {
  readonly parameters: readonly Parameter[]
  /** "" where it is not written. */
  readonly returns: string
  readonly isAsync: boolean
  readonly isStatic: boolean
  readonly isGetter: boolean
}

const opening = "([{<"
const closing = ")]}>"

/** Cuts where a sign stands outside of brackets and quotes. `=>` and `->` close nothing. */
export function splitOutside(text: string, sign: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quote = ""
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ""
    if (quote !== "") {
      if (char === "\\") at += 1
      else if (char === quote) quote = ""
    } else if (char === '"' || char === "`" || (char === "'" && !/[\w&<]/.test(text[at - 1] ?? ""))) quote = char
    else if (opening.includes(char)) depth += 1
    else if (closing.includes(char) && !(char === ">" && /[=-]/.test(text[at - 1] ?? ""))) depth -= 1
    else if (depth === 0 && text.startsWith(sign, at)) {
      parts.push(text.slice(from, at))
      from = at + sign.length
      at = from - 1
    }
  }
  parts.push(text.slice(from))
  return parts.map((part) => part.trim())
}

/** What a declaration, as the index keeps it on one line, says of how it is called. */
export function signatureOf(text: string, name: string, language: TestedLanguage): Signature {
  const { inside, after, before } = parenthesesOf(text, name)
  const named = splitOutside(inside, ",").filter((part) => part !== "" && part !== "*" && part !== "/")
  const parameters = language === "go" ? goParameters(named) : named.flatMap((part) => parametersOf[language](part))
  const starAt = named.findIndex((part) => part.startsWith("*"))
  const isNamedOnly = (i: number) => language === "python" && starAt >= 0 && i > starAt
  return {
    parameters: parameters.map((one, i) => ({ ...one, isNamed: one.isNamed || isNamedOnly(i) })),
    returns: returnsOf(language, before, after),
    isAsync: /\basync\b/.test(before) || /^Promise\b|^Awaitable\b/.test(after.replace(/^:\s*/, "")),
    isStatic: /\bstatic\b/.test(before) || /\bself\.$/.test(before),
    isGetter: /\bget\s+$/.test(before),
  }
}

function parenthesesOf(text: string, name: string) {
  const at = nameAt(text, name)
  const open = text.indexOf("(", at)
  if (open < 0) return { before: text.slice(0, at), inside: "", after: "" }
  let depth = 0
  for (let end = open; end < text.length; end++) {
    if (text[end] === "(") depth += 1
    if (text[end] === ")") depth -= 1
    if (depth === 0)
      return { before: text.slice(0, at), inside: text.slice(open + 1, end), after: text.slice(end + 1).trim() }
  }
  return { before: text.slice(0, at), inside: text.slice(open + 1), after: "" }
}

/** Where the name itself stands: behind a receiver's parentheses, not inside another word. */
function nameAt(text: string, name: string): number {
  const plain = name.replace(/[.*+?^${}()|[\]\\#]/g, "\\$&")
  const found = new RegExp(`(?<![\\w$])${plain}(?=\\s*[<(=:]|$)`).exec(text)
  return found?.index ?? Math.max(0, text.indexOf(name))
}

function returnsOf(language: TestedLanguage, before: string, after: string): string {
  const plain = after.trim()
  if (language === "javascript") return plain.startsWith(":") ? plain.slice(1).trim() : ""
  if (language === "python" || language === "rust") return /^->\s*(.+?):?$/.exec(plain)?.[1] ?? ""
  if (language === "go") return plain
  return language === "java" ? (before.trim().split(/\s+/).at(-1) ?? "") : ""
}

const parameter = (name: string, type = "", more: Partial<Parameter> = {}): Parameter => ({
  name,
  type,
  isOptional: false,
  isRest: false,
  isNamed: false,
  ...more,
})

const parametersOf: Readonly<Record<TestedLanguage, (part: string) => Parameter[]>> = {
  javascript(part) {
    const [left = "", ...defaults] = splitOutside(part, "=").filter((each) => !each.startsWith(">"))
    const isRest = left.startsWith("...")
    const plain = left.replace(/^\.\.\./, "").replace(/^(?:(?:public|private|protected|readonly|override)\s+)+/, "")
    const [name = "", ...types] = splitOutside(plain, ":")
    if (name === "this") return []
    const isOptional = isRest || name.endsWith("?") || (defaults.length > 0 && !part.includes("=>")) || / = /.test(part)
    const type = types.join(": ").trim()
    const shown = /^[{[]/.test(name) ? "options" : name.replace(/\?$/, "")
    const known = type || typeByDefault(defaults[0] ?? "", "javascript")
    return [parameter(shown, isRest ? known.replace(/\[\]$/, "") : known, { isOptional, isRest })]
  },
  python(part) {
    const [left = "", ...defaults] = splitOutside(part, "=")
    const [name = "", type = ""] = splitOutside(left, ":")
    // `**options` takes arguments by any name: none is the ordinary call.
    if (name === "self" || name === "cls" || name.startsWith("**")) return []
    const isRest = name.startsWith("*")
    const known = type || typeByDefault(defaults[0] ?? "", "python")
    return [parameter(name.replace(/^\*+/, ""), known, { isOptional: isRest || defaults.length > 0, isRest })]
  },
  go: () => [],
  rust(part) {
    if (/^&?(?:'\w+\s+)?(?:mut\s+)?self\b/.test(part)) return []
    const [name = "", type = ""] = splitOutside(part, ":")
    return [parameter(name.replace(/^mut\s+/, ""), type)]
  },
  java(part) {
    const words = part.replace(/@\w+(?:\([^)]*\))?\s*/g, "").replace(/\bfinal\s+/g, "")
    const found = /^(.*?)(\.\.\.)?\s+(\w+)$/.exec(words)
    if (!found) return []
    const [, type = "", rest, name = ""] = found
    return [parameter(name, type, { isRest: rest !== undefined, isOptional: rest !== undefined })]
  },
  elixir(part) {
    const [name = "", ...defaults] = splitOutside(part, "\\\\")
    return [parameter(/^[a-z_]\w*$/.test(name) ? name : "value", "", { isOptional: defaults.length > 0 })]
  },
  ruby(part) {
    if (part.startsWith("&")) return []
    const isRest = part.startsWith("*")
    const named = /^(\w+):\s*(.*)$/.exec(part)
    if (named) return [parameter(named[1] ?? "", "", { isNamed: true, isOptional: named[2] !== "" })]
    const [name = "", ...defaults] = splitOutside(part, "=")
    return [parameter(name.replace(/^\*+/, ""), "", { isRest, isOptional: isRest || defaults.length > 0 })]
  },
}

/** Go writes a type once for several names: it is the next one's. */
function goParameters(parts: readonly string[]): Parameter[] {
  const found: Parameter[] = []
  let type = ""
  for (const part of [...parts].reverse()) {
    const [, name = part, own] = /^(\w+)\s+(.+)$/.exec(part) ?? []
    if (own !== undefined) type = own
    const isRest = type.startsWith("...")
    found.unshift(parameter(name, type.replace(/^\.\.\./, ""), { isRest, isOptional: isRest }))
  }
  return found
}
