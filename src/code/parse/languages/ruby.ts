import type { SymbolKind } from "../../types.ts"
import type { Extraction } from "../extraction.ts"
import type { Language } from "../language.ts"
import { longValue, unquoted } from "../nodes.ts"

export const ruby: Language = {
  id: "ruby",
  name: "Ruby",
  extensions: [".rb", ".rake", ".gemspec", ".ru", ".podspec"],
  fileNames: ["Rakefile", "Gemfile", "Guardfile", "Vagrantfile", "Capfile", "Podfile", "Fastfile", "Brewfile"],
  shebangs: ["ruby"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-ruby.wasm",
  comments: ["comment"],
  names: ["constant"],
  hasBareCalls: true,
  rules: {
    module: (at, node) => type(at, node, "module"),
    class(at, node) {
      type(at, node, "class")
      const superclass = at.tree.child(node, "superclass")
      if (superclass >= 0) constantReference(at, at.tree.firstChild(superclass), "inherit")
    },
    singleton_class(at, node) {
      at.enter(node, [], "class", at.scope.isExported)
    },
    method: (at, node) => method(at, node, at.tree.child(node, "name")),
    singleton_method(at, node) {
      const object = at.tree.source(at.tree.child(node, "object"))
      const owner = object === "self" ? undefined : [object]
      method(at, node, at.tree.child(node, "name"), owner)
    },
    alias: (at, node) => {
      at.define(node, { kind: methodKind(at), name: at.tree.child(node, "name"), isExported: "inherit" })
    },
    assignment(at, node) {
      const { tree } = at
      const left = tree.child(node, "left")
      if (tree.type(left) !== "constant" || /^(method|function|constructor)$/.test(at.scope.kind)) return
      at.define(node, {
        kind: "constant",
        name: left,
        body: longValue(at, tree.child(node, "right")),
        isExported: "inherit",
      })
    },
    call,
    identifier(at, node) {
      const up = at.tree.parentOf(node)
      const isStatement = /^(body_statement|program)$/.test(at.tree.type(up))
      if (isStatement && visibility(at, at.tree.source(node), up)) return
      at.looseName(at, node)
    },
    scope_resolution: (at, node) => constantReference(at, node, "use"),
  },
}

/** After `private` on a line of its own, or an argument of it: `private def x`. */
function isPrivate(at: Extraction, node: number): boolean {
  const { tree } = at
  const up = tree.parentOf(node)
  if (tree.type(up) !== "argument_list") return at.memo.get(`private:${up}`) === 1
  return /^private/.test(tree.source(tree.child(tree.parentOf(up), "method")))
}

/** `private` on a line of its own is about the methods after it. */
function visibility(at: Extraction, word: string, body: number): boolean {
  if (!/^(private|public|protected|module_function)$/.test(word)) return false
  at.memo.set(`private:${body}`, word === "private" ? 1 : 0)
  return true
}

function type(at: Extraction, node: number, kind: SymbolKind): void {
  const { tree } = at
  const whole = tree.child(node, "name")
  const isScoped = tree.type(whole) === "scope_resolution"
  const name = isScoped ? tree.child(whole, "name") : whole
  const owner = isScoped ? tree.source(tree.child(whole, "scope")).split("::") : undefined
  at.define(node, { kind, name, owner, body: bodyOf(at, node), isExported: "inherit" })
  if (isScoped) for (let n = whole; n < (tree.after[whole] ?? 0); n++) at.claim(n)
}

/** The signature ends with its line where the body has none to end it before. */
const bodyOf = (at: Extraction, node: number) => at.tree.child(node, "body")

const methodKind = (at: Extraction) => (/^(class|module)$/.test(at.scope.kind) ? "method" : "function")

function method(at: Extraction, node: number, name: number, owner?: readonly string[]): void {
  const { tree } = at
  const called = tree.source(name)
  at.define(node, {
    kind: called === "initialize" ? "constructor" : methodKind(at),
    name,
    owner,
    body: bodyOf(at, node),
    isExported: !isPrivate(at, node) && "inherit",
  })
}

function call(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.child(node, "method")
  const receiver = tree.child(node, "receiver")
  if (tree.type(name) === "super") return
  const word = tree.source(name)
  const list = tree.child(node, "arguments")
  const first = tree.firstChild(list)
  if (receiver < 0) {
    switch (word) {
      case "require":
      case "require_relative":
      case "load":
      case "autoload": {
        at.claim(name)
        const path = unquoted(tree.source(word === "autoload" ? tree.lastChild(list) : first))
        if (tree.type(first) === "string" || word === "autoload") {
          at.importing(node, word === "require_relative" && !path.startsWith(".") ? `./${path}` : path)
        }
        return
      }
      case "include":
      case "extend":
      case "prepend":
        at.claim(name)
        for (const module of tree.children(list)) constantReference(at, module, "inherit")
        return
      case "attr_reader":
      case "attr_writer":
      case "attr_accessor":
      case "cattr_accessor":
      case "mattr_accessor":
        at.claim(name)
        for (const symbol of tree.children(list)) named(at, node, symbol, "property")
        return
      case "alias_method":
      case "define_method":
        at.claim(name)
        named(at, node, first, "method")
        return
      case "private":
      case "public":
      case "protected":
      case "private_constant":
        at.claim(name)
        return
    }
  }
  at.refer("call", name, at.qualifier(receiver))
}

/** A definition whose name is a symbol: `attr_reader :size`. */
function named(at: Extraction, node: number, symbol: number, kind: "property" | "method"): void {
  const { tree } = at
  const isName = tree.type(symbol) === "simple_symbol" || tree.type(symbol) === "string"
  if (!isName || tree.childOfType(symbol, "interpolation") >= 0) return
  const called = unquoted(tree.source(symbol)).replace(/^:/, "")
  at.define(node, {
    kind,
    name: symbol,
    called,
    isScope: kind === "method",
    isExported: !isPrivate(at, node) && "inherit",
  })
}

function constantReference(at: Extraction, node: number, kind: "inherit" | "use"): void {
  const { tree } = at
  if (tree.type(node) === "constant") at.refer(kind, node)
  else if (tree.type(node) === "scope_resolution") {
    at.refer(kind, tree.child(node, "name"), at.qualifier(tree.child(node, "scope")))
    const scope = tree.child(node, "scope")
    for (let n = scope; n >= 0 && n < (tree.after[scope] ?? 0); n++) at.claim(n)
  }
}
