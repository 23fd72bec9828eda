import type { SyntaxNode } from "../syntax-tree.ts"
import { type BindingKind, type Scope, type Scopes, scopeBuilder } from "./scopes.ts"

const functions = new Set([
  ...["function_declaration", "generator_function_declaration", "function_expression", "generator_function"],
  ...["arrow_function", "method_definition", "function_signature", "method_signature", "abstract_method_signature"],
  ...["function_type", "constructor_type", "call_signature", "construct_signature", "class_static_block"],
])
const named: Readonly<Record<string, BindingKind>> = {
  function_declaration: "function",
  generator_function_declaration: "function",
  function_signature: "function",
  class_declaration: "class",
  abstract_class_declaration: "class",
  interface_declaration: "type",
  type_alias_declaration: "type",
  enum_declaration: "class",
  internal_module: "namespace",
  module: "namespace",
}
/** What else has a name of its own; of anything else it isn't asked for, since asking the parser costs time. */
const withName = new Set([
  ...["class", "variable_declarator", "import_specifier", "export_specifier", "type_parameter", "mapped_type_clause"],
  ...["jsx_opening_element", "jsx_closing_element", "jsx_self_closing_element"],
])
const blocks = new Set([
  ...["statement_block", "switch_body", "for_statement", "for_in_statement", "catch_clause", "class_body"],
  ...["interface_declaration", "type_alias_declaration", "class_declaration", "abstract_class_declaration", "class"],
  ...["conditional_type", "object_type", "enum_body", "interface_body"],
])
const isIdentifier = ({ kind }: SyntaxNode) => kind === "identifier" || kind === "type_identifier"

/** Scopes of a file of JavaScript or TypeScript, of ECMAScript's rules: hoisting, blocks, patterns, types, JSX. */
export function ecmascriptScopes(root: SyntaxNode): Scopes {
  const { file, inner, declare, use, finish } = scopeBuilder(root)

  /** Declares what a pattern names; default values are walked. */
  const pattern = (node: SyntaxNode, scope: Scope, kind: BindingKind, isProperty = false): void => {
    switch (node.kind) {
      case "identifier":
      case "type_identifier":
        declare(scope, node, kind, { isProperty })
        return
      case "shorthand_property_identifier_pattern":
        declare(scope, node, kind, { shape: "shorthand pattern" })
        return
      case "pair_pattern": {
        const [key, value] = [node.field("key"), node.field("value")]
        if (key?.kind === "computed_property_name") walk(key, scope)
        if (value) pattern(value, scope, kind)
        return
      }
      case "assignment_pattern":
      case "object_assignment_pattern": {
        const [left, right] = [node.field("left"), node.field("right")]
        if (left) pattern(left, scope, kind)
        if (right) walk(right, scope)
        return
      }
      case "object_pattern":
      case "array_pattern":
      case "rest_pattern":
        for (const child of node.named) pattern(child, scope, kind)
        return
      default:
        walk(node, scope)
    }
  }
  /** An assignment's left side. */
  const written = (node: SyntaxNode, scope: Scope): void => {
    if (isIdentifier(node)) {
      use(scope, node, { isWrite: true })
      return
    }
    if (node.kind === "shorthand_property_identifier_pattern") {
      use(scope, node, { isWrite: true, shape: "shorthand pattern" })
      return
    }
    if (node.kind === "pair_pattern") {
      const [key, value] = [node.field("key"), node.field("value")]
      if (key?.kind === "computed_property_name") walk(key, scope)
      if (value) written(value, scope)
    } else if (node.kind === "assignment_pattern" || node.kind === "object_assignment_pattern") {
      const [left, right] = [node.field("left"), node.field("right")]
      if (left) written(left, scope)
      if (right) walk(right, scope)
    } else if (["object_pattern", "array_pattern", "rest_pattern", "parenthesized_expression"].includes(node.kind))
      for (const child of node.named) written(child, scope)
    else walk(node, scope)
  }

  const functionScope = (scope: Scope): Scope => {
    let at = scope
    while (at.kind === "block" && at.parent) at = at.parent
    return at
  }

  const children = (node: SyntaxNode, scope: Scope, except: readonly (SyntaxNode | undefined)[] = []) => {
    for (const child of node.named) if (!except.includes(child)) walk(child, scope)
  }

  const walk = (node: SyntaxNode, scope: Scope): void => {
    const { kind } = node
    if (functions.has(kind)) {
      aFunction(node, scope)
      return
    }
    const declares = named[kind]
    const name = declares || withName.has(kind) ? node.field("name") : undefined
    if (declares && name && isIdentifier(name)) declare(scope, name, declares)
    if (declares || kind === "class") {
      const own = blocks.has(kind) ? inner(node, scope, "block") : scope
      if (kind === "class" && name) declare(own, name, "class")
      children(node, own, [name])
      return
    }
    switch (kind) {
      case "identifier":
      case "type_identifier":
        use(scope, node)
        return
      case "shorthand_property_identifier":
        use(scope, node, { shape: "shorthand" })
        return
      case "variable_declarator": {
        const isVar = node.parent?.kind === "variable_declaration"
        const isConstant = node.parent?.children[0]?.text === "const"
        if (name) pattern(name, isVar ? functionScope(scope) : scope, isConstant ? "constant" : "variable")
        children(node, scope, [name])
        return
      }
      case "for_in_statement":
        forIn(node, inner(node, scope, "block"))
        return
      case "catch_clause": {
        const own = inner(node, scope, "block")
        const parameter = node.field("parameter")
        if (parameter) pattern(parameter, own, "parameter")
        children(node, own, [parameter])
        return
      }
      case "import_clause":
      case "namespace_import":
      case "import_require_clause":
        for (const child of node.named) {
          if (child.kind === "identifier") declare(scope, child, "import")
          else if (child.kind !== "string") walk(child, scope)
        }
        return
      case "import_specifier": {
        const alias = node.field("alias")
        const local = alias ?? name
        if (local) declare(scope, local, "import", { shape: alias ? "plain" : "import" })
        return
      }
      case "export_specifier":
        if (name && !node.parent?.parent?.field("source")) use(scope, name, { shape: "export" })
        return
      case "export_statement":
        // `export as namespace Foo` names nothing of the file.
        if (node.children[1]?.kind !== "as") children(node, scope)
        return
      case "namespace_export":
        return
      case "assignment_expression":
      case "augmented_assignment_expression": {
        const left = node.field("left")
        if (left) written(left, scope)
        children(node, scope, [left])
        return
      }
      case "update_expression": {
        const argument = node.field("argument")
        if (argument) written(argument, scope)
        return
      }
      case "jsx_opening_element":
      case "jsx_closing_element":
      case "jsx_self_closing_element":
        // In lower case it is an element of the page.
        children(node, scope, name && /^[a-z]/.test(name.text) && !/\./.test(name.text) ? [name] : [])
        return
      case "jsx_namespace_name":
        return
      case "nested_type_identifier":
      case "nested_identifier": {
        const [first] = node.named
        if (first) walk(first, scope)
        return
      }
      case "type_parameter":
        if (name) declare(scope, name, "type")
        children(node, scope, [name])
        return
      case "mapped_type_clause":
        if (name) declare(scope, name, "type")
        children(node, scope, [name])
        return
      case "infer_type": {
        const [of] = node.named
        if (of) declare(scope, of, "type")
        children(node, scope, [of])
        return
      }
      case "index_signature":
        children(node, scope, [node.named.find((child) => child.kind === "identifier")])
        return
      case "tuple_type":
        for (const child of node.named)
          if (child.kind.endsWith("_parameter")) children(child, scope, [child.named[0]])
          else walk(child, scope)
        return
      case "enum_body": {
        const own = inner(node, scope, "block")
        for (const child of node.named) {
          const member = child.kind === "enum_assignment" ? child.named[0] : child
          if (member?.kind === "property_identifier") declare(own, member, "member", { isProperty: true })
          if (child !== member) children(child, own, [member])
        }
        return
      }
      default:
        children(node, blocks.has(kind) ? inner(node, scope, "block") : scope)
        return
    }
  }

  const forIn = (node: SyntaxNode, scope: Scope) => {
    const [left, kind] = [node.field("left"), node.field("kind")]
    if (left && kind)
      pattern(left, kind.text === "var" ? functionScope(scope) : scope, kind.text === "const" ? "constant" : "variable")
    else if (left) written(left, scope)
    children(node, scope, [left])
  }

  const aFunction = (node: SyntaxNode, scope: Scope) => {
    const name = node.field("name")
    const declares = named[node.kind]
    if (declares && name) declare(scope, name, declares)
    const own = inner(node, scope, "function")
    const isExpression = node.kind === "function_expression" || node.kind === "generator_function"
    if (isExpression && name) declare(own, name, "function")
    if (name?.kind === "computed_property_name") walk(name, scope)
    for (const child of node.named) {
      if (child === name) continue
      if (child.kind === "formal_parameters") parameters(child, own)
      else if (child === node.field("parameter")) pattern(child, own, "parameter")
      // The body's names live beside the parameters.
      else if (child.kind === "statement_block") children(child, own)
      else walk(child, own)
    }
  }

  const parameters = (node: SyntaxNode, scope: Scope) => {
    for (const one of node.named) {
      const at = one.kind.endsWith("_parameter") ? one.field("pattern") : undefined
      if (!at) {
        pattern(one, scope, "parameter")
        continue
      }
      const isProperty = one.children.some(({ kind }) =>
        ["accessibility_modifier", "readonly", "override_modifier"].includes(kind),
      )
      pattern(at, scope, "parameter", isProperty)
      children(one, scope, [at])
    }
  }

  children(root, file)
  return finish()
}
