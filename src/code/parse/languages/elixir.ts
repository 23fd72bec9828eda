import type { SymbolKind } from "../../types.ts"
import { cleanDocString } from "../doc-comment.ts"
import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { claimAll, lastPart } from "../nodes.ts"

export const elixir: Language = {
  id: "elixir",
  name: "Elixir",
  extensions: [".ex", ".exs"],
  shebangs: ["elixir"],
  grammar: "tree-sitter-elixir/tree-sitter-elixir.wasm",
  comments: ["comment"],
  names: ["alias"],
  rules: {
    call,
    unary_operator(at, node) {
      const mark = at.text[at.tree.start[node] ?? 0]
      if (mark === "@") attribute(at, node)
      else if (mark === "&") capture(at, node)
    },
    binary_operator: piped,
  },
}

const functions: Readonly<Record<string, SymbolKind>> = {
  def: "function",
  defp: "function",
  defdelegate: "function",
  defn: "function",
  defmacro: "macro",
  defmacrop: "macro",
  defguard: "macro",
  defguardp: "macro",
}
const modules: Readonly<Record<string, SymbolKind>> = {
  defmodule: "module",
  defprotocol: "interface",
  defimpl: "module",
}
const forms = new Set(
  (
    "if unless case cond with for quote unquote unquote_splicing fn receive try raise reraise throw and or not in " +
    "when do end after else rescue catch super __MODULE__"
  ).split(" "),
)

function call(at: Extraction, node: number): void {
  const { tree } = at
  const target = tree.child(node, "target")
  const list = tree.childOfType(node, "arguments")
  if (tree.type(target) === "dot") {
    const left = tree.child(target, "left")
    const right = tree.child(target, "right")
    // Without brackets after a value it is a field, after a module a call.
    const isField =
      list < 0 && !/^(alias|atom)$/.test(tree.type(left)) && tree.source(node).endsWith(tree.source(right))
    if (isField) at.claim(right)
    else if (tree.type(right) === "identifier") at.refer("call", right, at.qualifier(left))
    return
  }
  if (tree.type(target) !== "identifier") return
  const word = tree.source(target)
  if (Object.hasOwn(modules, word)) module(at, node, list, word)
  else if (Object.hasOwn(functions, word)) definition(at, node, list, word)
  else if (/^(alias|import|require|use)$/.test(word)) imported(at, node, list, word)
  else if (word === "defstruct" || word === "defexception") fields(at, node, list)
  else if (!forms.has(word)) at.refer("call", target)
}

function module(at: Extraction, node: number, list: number, word: string): void {
  const { tree } = at
  const name = tree.firstChild(list)
  const whose = word === "defimpl" ? tree.source(keyword(at, list, "for")) : ""
  const called = tree.source(name) + (whose === "" ? "" : `.${whose}`)
  at.define(node, {
    kind: modules[word] ?? "module",
    name,
    called,
    body: bodyOf(at, node, list),
    isExported: "inherit",
  })
  if (word === "defimpl") {
    const line = at.startLine(name)
    const column = (tree.start[name] ?? 0) - (at.starts[line - 1] ?? 0) + 1
    at.references.push({
      name: tree.source(name),
      kind: "inherit",
      line,
      column,
      qualifier: "",
      within: at.scope.symbol,
    })
  }
}

/** The value of `key:` in a call's arguments, -1 where it is not there. */
function keyword(at: Extraction, list: number, key: string): number {
  const { tree } = at
  for (const pair of tree.children(tree.childOfType(list, "keywords"))) {
    if (tree.source(tree.child(pair, "key")).startsWith(`${key}:`)) return tree.child(pair, "value")
  }
  return -1
}

const bodyOf = (at: Extraction, node: number, list: number) => {
  const block = at.tree.childOfType(node, "do_block")
  return block >= 0 ? block : at.tree.childOfType(list, "keywords")
}

function definition(at: Extraction, node: number, list: number, word: string): void {
  const { tree } = at
  let head = tree.firstChild(list)
  // `def f(x) when x > 0`
  if (tree.type(head) === "binary_operator" && / when\b/.test(tree.source(head))) head = tree.child(head, "left")
  const name = tree.type(head) === "call" ? tree.child(head, "target") : head
  if (tree.type(name) !== "identifier") return
  const called = tree.source(name)
  const doc = takeDoc(at)
  at.claim(name)
  const kind = functions[word] ?? "function"
  const { path } = at.scope
  const last = at.symbols.length - 1
  const key = `clause:${at.scope.symbol}:${called}`
  const before = at.memo.get(key)
  const isNextClause = before !== undefined && doc === "" && isLastOf(at, before, last)
  if (isNextClause) at.extend(before, node)
  else {
    at.memo.set(key, at.symbols.length)
    const isExported = word.endsWith("p") ? false : "inherit"
    at.define(node, { kind, name, path, body: bodyOf(at, node, list), isExported, doc: doc === "" ? undefined : doc })
  }
}

/** Whether nothing but what is inside `symbol` was defined since. */
function isLastOf(at: Extraction, symbol: number, last: number): boolean {
  const path = at.symbols[symbol]?.path.length ?? 0
  for (let i = symbol + 1; i <= last; i++) if ((at.symbols[i]?.path.length ?? 0) <= path) return false
  return true
}

const pendingDoc = new WeakMap<Extraction, string>()

function takeDoc(at: Extraction): string {
  const doc = pendingDoc.get(at) ?? ""
  pendingDoc.delete(at)
  return doc
}

function fields(at: Extraction, node: number, list: number): void {
  const { tree } = at
  takeDoc(at)
  for (let n = list + 1; n < (tree.after[list] ?? 0); n++) {
    const type = tree.type(n)
    if (type === "keyword")
      at.define(node, { kind: "property", name: n, called: tree.source(n).replace(/:\s*$/, ""), isScope: false })
    else if (type === "atom")
      at.define(node, { kind: "property", name: n, called: tree.source(n).slice(1), isScope: false })
    if (type === "pair") continue
    // The default values are not fields.
    if (tree.type(tree.parentOf(n)) === "pair" && type !== "keyword") n = (tree.after[n] ?? n) - 1
  }
}

function imported(at: Extraction, node: number, list: number, word: string): void {
  const { tree } = at
  const first = tree.firstChild(list)
  const alias = tree.source(keyword(at, list, "as"))
  const add = (module: string, given = "") => {
    at.importing(node, module, [{ name: "*", alias: word === "import" ? "" : given || lastPart(module) }])
  }
  if (tree.type(first) === "dot") {
    const left = tree.source(tree.child(first, "left"))
    for (const part of tree.children(tree.child(first, "right"))) add(`${left}.${tree.source(part)}`)
  } else if (tree.type(first) === "alias") add(tree.source(first), alias)
  // What a used module puts into this one is as if it were inherited.
  if (word === "use" && tree.type(first) === "alias") at.refer("inherit", first)
  claimAll(at, node)
  at.skip(node)
}

/** `&name/1`; with a module before the name it is a call like any other. */
function capture(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.child(tree.child(node, "operand"), "left")
  if (tree.type(name) === "identifier") at.refer("call", name)
}

/** `value |> name`, without brackets. */
function piped(at: Extraction, node: number): void {
  const { tree } = at
  const right = tree.child(node, "right")
  if (tree.type(right) !== "identifier") return
  const operator = at.text.slice(tree.end[tree.child(node, "left")], tree.start[right])
  if (operator.trim() === "|>") at.refer("call", right)
}

/** `@doc`, `@type`, `@behaviour` and the rest. */
function attribute(at: Extraction, node: number): void {
  const { tree } = at
  const inner = tree.child(node, "operand")
  // Without a value it is read.
  if (tree.type(inner) === "identifier") at.refer("use", inner)
  if (tree.type(inner) !== "call") return
  const name = tree.child(inner, "target")
  const list = tree.childOfType(inner, "arguments")
  const value = tree.firstChild(list)
  const word = tree.source(name)
  switch (word) {
    case "moduledoc": {
      const module = at.symbols[at.scope.symbol]
      if (module && isText(at, value)) module.doc = cleanDocString(tree.source(value))
      break
    }
    case "doc":
    case "typedoc":
      if (isText(at, value)) pendingDoc.set(at, cleanDocString(tree.source(value)))
      at.attribute(node)
      break
    case "type":
    case "typep":
    case "opaque":
    case "callback":
    case "macrocallback": {
      const head = tree.type(value) === "binary_operator" ? tree.child(value, "left") : value
      const named = tree.type(head) === "call" ? tree.child(head, "target") : head
      const kind = word.endsWith("callback") ? "method" : "type"
      const doc = takeDoc(at)
      at.define(node, {
        kind,
        name: named,
        doc: doc === "" ? undefined : doc,
        isScope: false,
        isExported: word !== "typep" && "inherit",
      })
      break
    }
    case "behaviour":
      at.refer("inherit", value)
      break
    case "spec":
    case "impl":
    case "deprecated":
    case "since":
    case "dialyzer":
      at.attribute(node)
      break
    default:
      if (value >= 0 && at.scope.kind === "module" && !at.memo.has(`@${at.scope.symbol}:${word}`)) {
        at.memo.set(`@${at.scope.symbol}:${word}`, 1)
        at.define(node, { kind: "constant", name, isExported: false })
      }
      return
  }
  at.skip(node)
}

const isText = (at: Extraction, node: number) => /^(string|sigil)$/.test(at.tree.type(node))
