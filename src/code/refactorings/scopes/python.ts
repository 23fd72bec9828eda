import type { SyntaxNode } from "../syntax-tree.ts"
import { type BindingKind, type Scope, type Scopes, scopeBuilder } from "./scopes.ts"

const comprehensions = new Set([
  "list_comprehension",
  "set_comprehension",
  "dictionary_comprehension",
  "generator_expression",
])

/** Scopes of a file of Python: functions, classes, comprehensions, `global` and `nonlocal`. */
export function pythonScopes(root: SyntaxNode): Scopes {
  const { file, inner, declare, use, finish } = scopeBuilder(root)
  /** Names that a scope says are of another. */
  const elsewhere = new Map<Scope, Map<string, Scope>>()
  const home = (scope: Scope, name: string): Scope => elsewhere.get(scope)?.get(name) ?? scope
  const named = (scope: Scope, node: SyntaxNode, kind: BindingKind = "variable") =>
    declare(home(scope, node.text), node, kind)

  const target = (node: SyntaxNode, scope: Scope): void => {
    switch (node.kind) {
      case "identifier":
        named(scope, node)
        return
      case "pattern_list":
      case "tuple_pattern":
      case "list_pattern":
      case "list_splat_pattern":
      case "as_pattern_target":
      case "parenthesized_expression":
      case "tuple":
      case "list":
        for (const child of node.named) target(child, scope)
        return
      default:
        walk(node, scope)
    }
  }
  const children = (node: SyntaxNode, scope: Scope, except: readonly (SyntaxNode | undefined)[] = []) => {
    for (const child of node.named) if (!except.includes(child)) walk(child, scope)
  }
  /** `global` and `nonlocal` hold for the whole function, wherever they stand. */
  const announce = (body: SyntaxNode, scope: Scope): void => {
    for (const child of body.named) {
      if (child.kind === "function_definition" || child.kind === "class_definition" || child.kind === "lambda") continue
      if (child.kind === "global_statement" || child.kind === "nonlocal_statement") {
        const names = elsewhere.get(scope) ?? new Map<string, Scope>()
        elsewhere.set(scope, names)
        for (const { text } of child.named) names.set(text, ownerOf(text, scope, child.kind))
      } else announce(child, scope)
    }
  }
  const ownerOf = (name: string, scope: Scope, kind: string): Scope => {
    if (kind === "global_statement") return file
    for (let at = scope.parent; at; at = at.parent) if (at.kind === "function" && assigns(at.node, name)) return at
    return scope.parent ?? file
  }

  const walk = (node: SyntaxNode, scope: Scope): void => {
    switch (node.kind) {
      case "identifier": {
        // A name declared elsewhere is looked up from there; in the body of a class, what is not there yet is outside.
        const isYetToCome = scope.kind === "class" && !scope.bindings.has(node.text)
        use(isYetToCome ? (scope.parent ?? scope) : home(scope, node.text), node)
        return
      }
      case "function_definition":
      case "lambda":
        aFunction(node, scope)
        return
      case "class_definition": {
        const [name, body] = [node.field("name"), node.field("body")]
        if (name) named(scope, name, "class")
        const own = inner(node, scope, "class")
        children(node, scope, [name, body])
        if (body) children(body, own)
        return
      }
      case "assignment":
      case "augmented_assignment": {
        const left = node.field("left")
        children(node, scope, [left])
        if (left) target(left, scope)
        return
      }
      case "named_expression": {
        const name = node.field("name")
        let own = scope
        while (comprehensions.has(own.node.kind) && own.parent) own = own.parent
        if (name) named(own, name)
        children(node, scope, [name])
        return
      }
      case "for_statement": {
        const left = node.field("left")
        if (left) target(left, scope)
        children(node, scope, [left])
        return
      }
      case "as_pattern": {
        const alias = node.field("alias")
        if (alias) target(alias, scope)
        children(node, scope, [alias])
        return
      }
      case "delete_statement":
        for (const child of node.named) target(child, scope)
        return
      case "attribute": {
        const object = node.field("object")
        if (object) walk(object, scope)
        return
      }
      case "keyword_argument": {
        const value = node.field("value")
        if (value) walk(value, scope)
        return
      }
      case "global_statement":
      case "nonlocal_statement":
        for (const child of node.named) use(home(scope, child.text), child)
        return
      case "import_statement":
      case "import_from_statement":
        imports(node, scope)
        return
      case "case_pattern":
        capture(node, scope)
        return
      default:
        if (comprehensions.has(node.kind)) {
          comprehension(node, scope)
          return
        }
        children(node, scope)
        return
    }
  }

  const comprehension = (node: SyntaxNode, scope: Scope) => {
    const own = inner(node, scope, "function")
    const clauses = node.named.filter(({ kind }) => kind === "for_in_clause")
    for (const clause of clauses) {
      const [left, right] = [clause.field("left"), clause.field("right")]
      if (left) target(left, own)
      // The first is worked out before the comprehension begins.
      if (right) walk(right, clause === clauses[0] ? scope : own)
    }
    children(node, own, clauses)
  }

  const aFunction = (node: SyntaxNode, scope: Scope) => {
    const [name, body] = [node.field("name"), node.field("body")]
    if (name) named(scope, name, "function")
    const own = inner(node, scope, "function")
    if (body) announce(body, own)
    for (const child of node.named) {
      if (child === name || child === body) continue
      if (child.kind !== "parameters" && child.kind !== "lambda_parameters") walk(child, scope)
      else for (const one of child.named) parameter(one, own, scope)
    }
    if (body) node.kind === "lambda" ? walk(body, own) : children(body, own)
  }
  const parameter = (node: SyntaxNode, own: Scope, outer: Scope) => {
    if (node.kind === "identifier") {
      declare(own, node, "parameter")
      return
    }
    const name = node.field("name") ?? node.named[0]
    if (name?.kind === "identifier") declare(own, name, "parameter")
    else if (name) parameter(name, own, outer)
    children(node, outer, [name])
  }
  const imports = (node: SyntaxNode, scope: Scope) => {
    const module = node.field("module_name")
    for (const child of node.named) {
      if (child === module) continue
      const local = child.kind === "aliased_import" ? child.field("alias") : child.named[0]
      const isAlone = child.kind === "aliased_import" || !module
      if (local?.kind === "identifier")
        declare(home(scope, local.text), local, "import", { shape: isAlone ? "plain" : "import" })
    }
  }
  const capture = (node: SyntaxNode, scope: Scope): void => {
    for (const child of node.named) {
      if (child.kind === "dotted_name") {
        const [first, ...more] = child.named
        if (first && more.length === 0 && first.text !== "_") named(scope, first)
        else if (first) walk(first, scope)
      } else if (child.kind === "class_pattern") {
        const [type, ...rest] = child.named
        if (type?.named[0]) walk(type.named[0], scope)
        for (const one of rest) capture(one, scope)
      } else if (child.kind === "keyword_pattern") {
        for (const one of child.named.slice(1)) capturedValue(one, scope)
      } else if (child.kind === "identifier") named(scope, child)
      else capture(child, scope)
    }
  }
  const capturedValue = (node: SyntaxNode, scope: Scope) => {
    const [first, ...more] = node.named
    if (node.kind === "dotted_name" && first && more.length === 0) named(scope, first)
    else if (node.kind === "dotted_name" && first) walk(first, scope)
    else capture(node, scope)
  }

  children(root, file)
  return finish()
}

/** Whether a function's own body gives the name a value. */
function assigns(node: SyntaxNode, name: string): boolean {
  const isIt = (one: SyntaxNode | undefined): boolean => one?.kind === "identifier" && one.text === name
  const look = (one: SyntaxNode): boolean => {
    if (/^(?:assignment|augmented_assignment|for_statement)$/.test(one.kind) && isIt(one.field("left"))) return true
    if (/parameters?$/.test(one.kind) && (isIt(one) || one.named.some((child) => isIt(child) || isIt(child.named[0]))))
      return true
    if (one !== node && /^(?:function_definition|class_definition|lambda)$/.test(one.kind)) return false
    return one.named.some(look)
  }
  return look(node)
}
