import type { SymbolKind } from "../../types.ts"
import type { Extraction, Rule } from "../extraction.ts"
import { longValue, wrapperOf } from "../nodes.ts"
import { collapsed } from "../signature.ts"

/** Rules for C, on which those for C++ are built: the two grammars share their node types. */
export const cRules: Readonly<Record<string, Rule>> = {
  preproc_include(at, node) {
    const path = at.tree.source(at.tree.child(node, "path"))
    at.importing(node, /^["<]/.test(path) ? path.slice(1, -1) : path)
    at.skip(node)
  },
  preproc_def(at, node) {
    // One without a value guards a header or switches a feature.
    const value = at.tree.child(node, "value")
    if (value >= 0) at.define(node, { kind: "macro", name: at.tree.child(node, "name"), body: longValue(at, value) })
  },
  preproc_function_def(at, node) {
    at.define(node, { kind: "macro", name: at.tree.child(node, "name"), body: at.tree.child(node, "value") })
    at.skip(node)
  },
  function_definition(at, node) {
    const { tree } = at
    const found = declared(at, tree.child(node, "declarator"))
    if (found.name >= 0) defineFunction(at, node, found, tree.child(node, "body"))
  },
  declaration: variables,
  field_declaration: variables,
  struct_specifier: (at, node) => type(at, node, "struct"),
  union_specifier: (at, node) => type(at, node, "struct"),
  enum_specifier: (at, node) => type(at, node, "enum"),
  enumerator: (at, node) =>
    at.define(node, { kind: "constant", name: at.tree.child(node, "name"), isExported: "inherit" }),
  type_definition(at, node) {
    const { tree } = at
    const specifier = tree.child(node, "type")
    const body = tree.child(specifier, "body")
    const isNameless = body >= 0 && tree.child(specifier, "name") < 0
    for (const declarator of tree.children(node, "declarator")) {
      const { name } = declared(at, declarator)
      const kind = isNameless ? (tree.type(specifier) === "enum_specifier" ? "enum" : "struct") : "type"
      const signature = isNameless ? `typedef ${kind} ${tree.source(name)}` : undefined
      at.define(node, { kind, name, body, isScope: isNameless, signature })
    }
  },
  call_expression: (at, node) => callee(at, at.tree.child(node, "function")),
  type_identifier(at, node) {
    if ((at.tree.end[node] ?? 0) - (at.tree.start[node] ?? 0) > 1) at.refer("type", node)
  },
}

export interface Declared {
  /** The node of the name, -1 where there is none. */
  readonly name: number
  readonly isFunction: boolean
  /** `A`, `B` of `A::B::name`. */
  readonly owner: readonly string[]
}

/** Walks from a declarator (`*(*name[3])(int)`) to the name in it. */
export function declared(at: Extraction, declarator: number): Declared {
  const { tree } = at
  let node = declarator
  let isFunction = false
  let isPointer = false
  const owner: string[] = []
  while (node >= 0) {
    const type = tree.type(node)
    switch (type) {
      case "identifier":
      case "field_identifier":
      case "type_identifier":
      case "destructor_name":
      case "operator_name":
      case "operator_cast":
      case "primitive_type":
        return { name: node, isFunction, owner }
      case "qualified_identifier":
        if (tree.child(node, "scope") >= 0) owner.push(tree.source(tree.child(node, "scope")).replace(/<.*/s, ""))
        node = tree.child(node, "name")
        continue
      case "template_function":
      case "template_method":
      case "template_type":
        node = tree.child(node, "name")
        continue
      case "function_declarator":
        isFunction = true
        isPointer = false
        break
      case "pointer_declarator":
        isPointer = true
        break
      case "parenthesized_declarator":
        break
    }
    const inner = tree.child(node, "declarator")
    // A pointer in brackets to a function is a variable: `int (*compare)(void)`.
    if (inner < 0 && type === "parenthesized_declarator") {
      node = tree.firstChild(node)
      if (tree.type(node) === "pointer_declarator") isFunction = false
    } else node = inner < 0 && /declarator$/.test(type) ? tree.firstChild(node) : inner
  }
  return { name: -1, isFunction: isFunction && !isPointer, owner }
}

const typeScopes = new Set(["class", "struct"])

export function defineFunction(at: Extraction, node: number, { name, owner }: Declared, body: number): void {
  const { tree } = at
  const called = collapsed(tree.source(name))
  const inType = typeScopes.has(at.scope.kind)
  const around = owner[owner.length - 1] ?? (inType ? at.scope.path[at.scope.path.length - 1] : undefined)
  const isMember = inType || owner.length > 0
  at.define(node, {
    kind: isMember ? (called === around ? "constructor" : "method") : "function",
    name,
    called,
    body: body < 0 ? -1 : (initialisers(at, node) ?? body),
    from: wrapperOf(at, node, "template_declaration"),
    owner: owner.length > 0 ? owner : undefined,
    isExported: isVisible(at, node),
  })
}

/** A constructor's initialisers stand before its body and are part of it. */
function initialisers(at: Extraction, node: number): number | undefined {
  const list = at.tree.childOfType(node, "field_initializer_list")
  return list < 0 ? undefined : list
}

/** Not `static` in C, not private in C++. */
function isVisible(at: Extraction, node: number): boolean | "inherit" {
  const { tree } = at
  const list = tree.parentOf(wrapperOf(at, node, "template_declaration"))
  if (tree.type(list) === "field_declaration_list") {
    const isClass = tree.type(tree.parentOf(list)) === "class_specifier"
    return (at.memo.get(`access:${list}`) ?? (isClass ? 1 : 0)) === 1 ? false : "inherit"
  }
  for (const child of tree.children(node)) {
    if (tree.type(child) === "storage_class_specifier" && tree.source(child) === "static") return false
  }
  return "inherit"
}

/** Variables, fields and prototypes; those inside functions are not worth finding. */
function variables(at: Extraction, node: number): void {
  const { tree } = at
  const { kind } = at.scope
  const inType = typeScopes.has(kind)
  if (!inType && kind !== "scope" && kind !== "module") return
  const declarators = tree.children(node, "declarator")
  for (const declarator of declarators) {
    const found = declared(at, declarator)
    if (found.name < 0) continue
    if (found.isFunction) {
      defineFunction(at, node, found, -1)
      continue
    }
    const value = tree.child(declarator, "value")
    at.define(node, {
      kind: inType ? "property" : isConstant(at, node) ? "constant" : "variable",
      name: found.name,
      owner: found.owner.length > 0 ? found.owner : undefined,
      from: wrapperOf(at, node, "template_declaration"),
      body: longValue(at, value),
      isScope: declarators.length === 1,
      isExported: isVisible(at, node),
    })
  }
}

const isConstant = (at: Extraction, node: number) =>
  at.tree
    .children(node)
    .some((child) => at.tree.type(child) === "type_qualifier" && /^const/.test(at.tree.source(child)))

export function type(at: Extraction, node: number, kind: SymbolKind): void {
  const { tree } = at
  const body = tree.child(node, "body")
  const name = tree.child(node, "name")
  // Without a body it is only named here.
  if (body < 0 || name < 0) return
  const found = declared(at, name)
  at.define(node, {
    kind,
    name: found.name,
    body,
    owner: found.owner.length > 0 ? found.owner : undefined,
    from: wrapperOf(at, node, "template_declaration"),
    isExported: "inherit",
  })
}

export function callee(at: Extraction, target: number): void {
  const { tree } = at
  switch (tree.type(target)) {
    case "identifier":
      at.refer("call", target)
      break
    case "field_expression": {
      const field = tree.child(target, "field")
      const name = /^template/.test(tree.type(field)) ? tree.child(field, "name") : field
      at.refer("call", name, at.qualifier(tree.child(target, "argument")))
      break
    }
    case "template_function":
      callee(at, tree.child(target, "name"))
      break
    case "qualified_identifier": {
      const { name, owner } = declared(at, target)
      at.refer("call", name, owner.join("::"))
      break
    }
    case "parenthesized_expression":
      callee(at, tree.firstChild(target))
  }
}
