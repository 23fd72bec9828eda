import type { FlatTree } from "../../code/parse/flat-tree.ts"
import { grammarParser } from "../../code/parse/grammar.ts"
import { elixir } from "../../code/parse/languages/elixir.ts"
import { ruby } from "../../code/parse/languages/ruby.ts"
import { otherConstant, type Place, swapOf } from "./swaps.ts"

const timeLimitMs = 3_000
const operations = new Set(["binary", "binary_operator"])
const constants = new Set(["integer", "true", "false", "boolean"])

/** Places to change in languages whose functions give what their last statement gives. */
export async function placesInBlocks(language: "ruby" | "elixir", text: string): Promise<Place[]> {
  const { grammar } = language === "ruby" ? ruby : elixir
  const tree = grammar === undefined ? null : (await grammarParser(grammar)).parse(text, timeLimitMs)
  if (!tree) return []
  const found: Place[] = []
  const put = (node: number, after: string | undefined) => {
    const [start, end] = [tree.start[node], tree.end[node]]
    if (after !== undefined && start !== undefined && end !== undefined) found.push({ start, end, after })
  }
  for (let node = 0; node < tree.count; node++) {
    const type = tree.type(node)
    if (type === "unary_operator" && isNoCode(tree, node)) {
      node = (tree.after[node] ?? node + 1) - 1
      continue
    }
    if (operations.has(type)) found.push(...operatorOf(tree, node))
    if (constants.has(type)) put(node, otherConstant(tree.source(node)))
    if (type === "return" && !/^return(?:\s+nil)?$/.test(tree.source(node))) put(node, "return nil")
    for (const result of language === "ruby" ? rubyResults(tree, node) : elixirResults(tree, node)) {
      const text = tree.source(result)
      // Constants are changed by themselves.
      if (!/^(?:nil|return\b.*)$/s.test(text) && otherConstant(text) === undefined) put(result, "nil")
    }
  }
  return found
}

/** Signs are no nodes of the tree: they are what stands between the two sides. */
function operatorOf(tree: FlatTree, node: number): Place[] {
  const from = tree.end[tree.child(node, "left")]
  const to = tree.start[tree.child(node, "right")]
  if (from === undefined || to === undefined) return []
  const [, space = "", operator = ""] = /^(\s*)(\S+)/.exec(tree.text.slice(from, to)) ?? []
  // Ruby has `===`, and no `!==`.
  const isWithoutOpposite = operator === "===" && tree.type(node) === "binary"
  const after = isWithoutOpposite ? undefined : swapOf(operator, tree.source(node))
  const start = from + space.length
  return after === undefined ? [] : [{ start, end: start + operator.length, after }]
}

/** Elixir's types and documentation, and functions by name and number of arguments: `@spec …`, `&round/1`, `&1`. */
const isNoCode = (tree: FlatTree, node: number): boolean =>
  /^@(?:spec|type|typep|opaque|callback|macrocallback|doc|moduledoc|typedoc|impl|behaviour)\b/.test(
    tree.source(node),
  ) || /^&(?:\d+|[\w.]+[?!]?\/\d+)$/.test(tree.source(node))

/** The last statements of a method, by each way through it; none for setters and constructors, whose result nobody gets. */
function rubyResults(tree: FlatTree, node: number): number[] {
  if (!/^(?:singleton_)?method$/.test(tree.type(node))) return []
  if (/^initialize$|=$/.test(tree.source(tree.child(node, "name")))) return []
  const last = (at: number): number[] => {
    switch (tree.type(at)) {
      case "body_statement":
      case "then":
      case "else":
      case "begin": {
        const statements = tree.children(at).filter((one) => !/^(?:rescue|ensure|else|comment)$/.test(tree.type(one)))
        return last(statements.at(-1) ?? -1)
      }
      case "if":
      case "unless":
      case "elsif":
        return [...last(tree.child(at, "consequence")), ...last(tree.child(at, "alternative"))]
      case "case":
      case "when":
        return tree
          .children(at)
          .filter((one) => /^(?:when|then|else)$/.test(tree.type(one)))
          .flatMap(last)
      case "":
      case "comment":
        return []
      default:
        return [at]
    }
  }
  return last(tree.child(node, "body"))
}

/** The last expressions of `def` and `defp`, by each way through them. */
function elixirResults(tree: FlatTree, node: number): number[] {
  const word = (at: number) => (tree.type(at) === "call" ? tree.source(tree.child(at, "target")) : "")
  if (!/^defp?$/.test(word(node))) return []
  const inBlock = (call: number): number[] => {
    const given = tree.childOfType(call, "arguments")
    const block = tree.childOfType(call, "do_block")
    if (block >= 0) return last(block)
    const pairs = tree.children(tree.childOfType(given, "keywords"))
    return pairs
      .filter((pair) => /^(?:do|else):/.test(tree.source(tree.child(pair, "key"))))
      .flatMap((pair) => last(tree.child(pair, "value")))
  }
  const last = (at: number): number[] => {
    switch (tree.type(at)) {
      case "do_block":
      case "else_block":
      case "body": {
        const all = tree.children(at).filter((one) => tree.type(one) !== "comment")
        const clauses = all.filter((one) => tree.type(one) === "stab_clause")
        const others = all.filter((one) => tree.type(one) === "else_block")
        const statements = all.filter((one) => !/_(?:block|clause)$/.test(tree.type(one)))
        const own = clauses.length > 0 ? clauses.flatMap(last) : last(statements.at(-1) ?? -1)
        return [...own, ...others.flatMap(last)]
      }
      case "stab_clause":
        return last(tree.child(at, "right"))
      case "call":
        return /^(?:if|unless|case|cond|with)$/.test(word(at)) ? inBlock(at) : [at]
      case "":
        return []
      default:
        return [at]
    }
  }
  return inBlock(node)
}
