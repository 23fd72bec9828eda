import { astGrep } from "../../code/ast-grep.ts"
import { nodesIn, type SyntaxNode, syntaxTree } from "../../code/refactorings/syntax-tree.ts"

/** What `require` of a CommonJS file gives, as far as reading tells. */
export interface CommonJs {
  /** Local name of what the module is as a whole, "" for a function or class without a name; null: an object. */
  readonly whole: string | null
  /** By the name that it is exported by: its local name; the same where it is written in place. */
  readonly named: ReadonlyMap<string, string>
}

const unnamed = /^(?:function_expression|generator_function|arrow_function|function|class)$/
/** What a function holds is not what the module gives; a wrapper that is called at once is. */
const inner = /^(?:function_declaration|generator_function_declaration|method_definition|class_body)$/

/** Undefined for a file that gives nothing in this way. */
export async function commonJsOf(path: string, text: string): Promise<CommonJs | undefined> {
  if (!/\bexports\b/.test(text)) return undefined
  const isTyped = /\.[cm]?ts$/.test(path)
  const root = syntaxTree(await astGrep(), isTyped ? "typescript" : "tsx", text)
  /** Names that stand for `module.exports`. */
  const modules = new Set(["exports", "module.exports"])
  const named = new Map<string, string>()
  let whole: string | null = null
  let isOne = false

  const entries = (object: SyntaxNode) => {
    for (const entry of object.named) {
      if (entry.kind === "shorthand_property_identifier") named.set(entry.text, entry.text)
      const key = plain(entry.field(entry.kind === "pair" ? "key" : "name"))
      if (key === undefined || (entry.kind === "method_definition" && isGetter(entry))) continue
      const value = entry.field("value")
      if (entry.kind === "method_definition") named.set(key, key)
      if (value?.kind === "identifier") named.set(key, value.text)
      if (value && unnamed.test(value.kind)) named.set(key, key)
    }
  }
  const assigned = (node: SyntaxNode, variable: string | undefined) => {
    const targets: SyntaxNode[] = []
    let value = node
    for (; value.kind === "assignment_expression"; value = value.field("right") ?? value) {
      const left = value.field("left")
      if (!left) break
      targets.push(left)
    }
    const names = targets.map(({ text: name }) => name)
    const isModule = names.includes("module.exports") || (variable !== undefined && modules.has(value.text))
    if (isModule) {
      isOne = true
      for (const name of [variable, ...names]) if (name !== undefined && /^[\w$]+$/.test(name)) modules.add(name)
      if (!modules.has(value.text)) give(value, variable)
      return
    }
    for (const target of targets) {
      const owner = target.field("object")?.text ?? ""
      const key = plain(target.field("property") ?? target.field("index"))
      if (!modules.has(owner) || key === undefined) continue
      isOne = true
      if (value.kind === "identifier") named.set(key, value.text)
      else if (unnamed.test(value.kind)) named.set(key, key)
    }
  }
  /** What the module is from here on. */
  const give = (value: SyntaxNode, variable: string | undefined) => {
    if (value.kind === "object") return entries(value)
    if (value.kind === "identifier") {
      whole = value.text
      modules.add(whole)
    } else if (unnamed.test(value.kind)) {
      whole = variable ?? value.field("name")?.text ?? ""
      if (whole !== "") modules.add(whole)
    } else if (value.kind === "call_expression" && /^Object\.(?:assign|freeze|seal)$/.test(called(value))) {
      const [first, ...others] = value.field("arguments")?.named ?? []
      if (first) give(first, variable)
      for (const other of others) if (other.kind === "object") entries(other)
    }
  }
  const visit = (node: SyntaxNode) => {
    if (node.kind === "assignment_expression") return assigned(node, undefined)
    if (node.kind === "variable_declarator") {
      const value = node.field("value")
      if (value && (value.kind === "assignment_expression" || modules.has(value.text)))
        return assigned(value, node.field("name")?.text)
    }
    if (node.kind === "call_expression" && called(node) === "Object.assign") {
      const [first, ...others] = node.field("arguments")?.named ?? []
      if (first && modules.has(first.text)) {
        isOne = true
        for (const other of others) if (other.kind === "object") entries(other)
      }
    }
    if (inner.test(node.kind)) return
    for (const child of node.named) visit(child)
  }
  visit(root)
  // A function with members may be assigned to before `module.exports` is.
  for (const node of whole ? nodesIn(root) : []) {
    const left = node.kind === "assignment_expression" ? node.field("left") : undefined
    const key = left?.field("object")?.text === whole ? plain(left?.field("property")) : undefined
    if (key !== undefined && key !== "prototype" && !named.has(key)) assigned(node, undefined)
  }
  return isOne ? { whole, named } : undefined
}

const called = (node: SyntaxNode) => node.field("function")?.text ?? ""
const isGetter = (node: SyntaxNode) => /^(?:static\s+)?(?:get|set)\s/.test(node.text)

/** A name or a text; undefined for what is computed. */
function plain(key: SyntaxNode | undefined): string | undefined {
  if (!key) return undefined
  if (key.kind === "string") return key.text.slice(1, -1)
  return /identifier$/.test(key.kind) ? key.text : undefined
}
