import type { Extraction } from "../extraction.ts"
import { moduleText } from "./ecmascript-modules.ts"

/** The module of `require("…")`, or of `require("…").name`; "" for anything else. */
export function requiredModule(at: Extraction, value: number): string {
  const { tree } = at
  const type = tree.type(value)
  if (type === "member_expression") return requiredModule(at, tree.child(value, "object"))
  const target = tree.child(value, "function")
  if (type !== "call_expression" || !isWord(at, target, "require")) return ""
  return stringArgument(at, value)
}

/** Whether a node is this word, told without making a string of what may be a long expression. */
export const isWord = (at: Extraction, node: number, word: string) =>
  (at.tree.end[node] ?? 0) - (at.tree.start[node] ?? 0) === word.length && at.text.startsWith(word, at.tree.start[node])

export function stringArgument(at: Extraction, node: number): string {
  const argument = at.tree.firstChild(at.tree.child(node, "arguments"))
  return at.tree.type(argument) === "string" ? moduleText(at, argument) : ""
}

/** The names that `const { a, b: c } = require(…)` binds; `member`: the `.name` behind it. */
export function requiredNames(at: Extraction, name: number, member: number): { name: string; alias: string }[] {
  const { tree } = at
  if (tree.type(name) === "identifier") {
    at.claim(name)
    const property = tree.source(tree.child(member, "property"))
    return [{ name: property === "" ? "*" : property, alias: tree.source(name) }]
  }
  return tree.children(name).flatMap((part) => {
    const type = tree.type(part)
    if (type === "shorthand_property_identifier_pattern") return [{ name: tree.source(part), alias: tree.source(part) }]
    if (type !== "pair_pattern") return []
    at.claim(tree.child(part, "value"))
    return [{ name: tree.source(tree.child(part, "key")), alias: tree.source(tree.child(part, "value")) }]
  })
}

/** What a chain of assignments gives: `f` in `a = b.c = f`. */
export function assigned(at: Extraction, node: number): number {
  const { tree } = at
  let value = node
  while (tree.type(value) === "assignment_expression") value = tree.child(value, "right")
  return value
}

export const isModuleExports = (text: string) => text === "exports" || text === "module.exports"

/** Whether one of a chain of assignments is to `module.exports`. */
export function exportsWhole(at: Extraction, node: number): boolean {
  const { tree } = at
  for (let link = node; tree.type(link) === "assignment_expression"; link = tree.child(link, "right"))
    if (tree.source(tree.child(link, "left")) === "module.exports") return true
  return false
}

/** The names that stand in an object: `{ a, b: c }` exports `a` and `c` where the object is what a module exports. */
export function exportEntries(at: Extraction, object: number): void {
  const { tree } = at
  for (const entry of tree.children(object)) {
    const value = tree.type(entry) === "pair" ? tree.child(entry, "value") : entry
    if (/identifier$/.test(tree.type(value))) at.exported.add(tree.source(value))
  }
}
