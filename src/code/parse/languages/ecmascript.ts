import type { SymbolKind } from "../../types.ts"
import type { Extraction, Rule } from "../extraction.ts"
import { claimAll, longValue } from "../nodes.ts"
import {
  assigned,
  exportEntries,
  exportsWhole,
  isModuleExports,
  isWord,
  requiredModule,
  requiredNames,
  stringArgument,
} from "./commonjs.ts"
import { exportStatement, functions, importStatement, moduleText } from "./ecmascript-modules.ts"

/** Rules that JavaScript and TypeScript share; TypeScript adds its own. */
export const ecmascriptRules: Readonly<Record<string, Rule>> = {
  import_statement: importStatement,
  export_statement: exportStatement,
  function_declaration: (at, node) => named(at, node, "function"),
  generator_function_declaration: (at, node) => named(at, node, "function"),
  class_declaration: (at, node) => named(at, node, "class"),
  function_expression: namedExpression,
  generator_function: namedExpression,
  method_definition: method,
  field_definition: (at, node) => classField(at, node, at.tree.child(node, "property")),
  variable_declarator: variable,
  assignment_expression: assignment,
  pair,
  call_expression: call,
  new_expression: (at, node) => callee(at, at.tree.child(node, "constructor")),
  decorator(at, node) {
    if (at.memo.get("decorators end") !== node) at.memo.set("decorators", node)
    at.memo.set("decorators end", at.tree.after[node] ?? node)
    const target = at.tree.firstChild(node)
    if (at.tree.type(target) !== "call_expression") callee(at, target)
  },
  jsx_opening_element: element,
  jsx_self_closing_element: element,
  jsx_closing_element: (at, node) => claimAll(at, at.tree.child(node, "name")),
  class_heritage: heritage,
}

export const ecmascriptNames = ["identifier", "shorthand_property_identifier"]

const wrappers = new Set(["export_statement", "ambient_declaration", "lexical_declaration", "variable_declaration"])

/** A declaration with a name and a body. */
export function named(at: Extraction, node: number, kind: SymbolKind): void {
  const { tree } = at
  const name = tree.child(node, "name")
  const [from, isExported] = outermost(at, node)
  at.define(node, {
    kind,
    name,
    called: name < 0 ? "default" : undefined,
    body: tree.child(node, "body"),
    from,
    isExported,
  })
}

/** A function with a name of its own in the midst of an expression, where nothing else has named it. */
function namedExpression(at: Extraction, node: number): void {
  const name = at.tree.child(node, "name")
  if (name < 0 || at.isClaimed(name)) return
  at.define(node, { kind: "function", name, body: at.tree.child(node, "body"), isExported: false })
}

/** The outermost statement that a declaration belongs to, and whether it exports. */
export function outermost(at: Extraction, node: number): [from: number, isExported: boolean] {
  const { tree } = at
  let from = node
  let isExported = false
  for (let up = tree.parentOf(node); up >= 0; up = tree.parentOf(up)) {
    const type = tree.type(up)
    if (!wrappers.has(type)) break
    if (type === "export_statement") isExported = true
    // A second declarator begins where it stands.
    if (type.endsWith("_declaration") && tree.firstChild(up) !== from) return [from, isExported || exports(at, up)]
    from = up
  }
  return [from, isExported]
}

const exports = (at: Extraction, node: number) => at.tree.type(at.tree.parentOf(node)) === "export_statement"

function method(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.child(node, "name")
  const called = propertyName(at, name)
  const inClass = tree.type(tree.parentOf(node)) === "class_body"
  at.define(node, {
    kind: called === "constructor" && inClass ? "constructor" : "method",
    name,
    called,
    body: tree.child(node, "body"),
    from: withDecorators(at, node),
    isExported: isPrivate(at, node, called) ? false : "inherit",
  })
}

/** The first of the decorators that stand before a class member as siblings, else the member itself. */
const withDecorators = (at: Extraction, node: number): number =>
  at.memo.get("decorators end") === node ? (at.memo.get("decorators") ?? node) : node

export function classField(at: Extraction, node: number, name: number): void {
  const { tree } = at
  const value = tree.child(node, "value")
  const called = propertyName(at, name)
  const isFunction = functions.has(tree.type(value))
  if (isFunction) at.claim(tree.child(value, "name"))
  at.define(node, {
    kind: isFunction ? "method" : "property",
    name,
    called,
    body: isFunction ? tree.child(value, "body") : longValue(at, value),
    from: withDecorators(at, node),
    isExported: isPrivate(at, node, called) ? false : "inherit",
  })
}

function isPrivate(at: Extraction, node: number, name: string): boolean {
  if (name.startsWith("#")) return true
  const modifier = at.tree.childOfType(node, "accessibility_modifier")
  return modifier >= 0 && at.tree.source(modifier) === "private"
}

/** The name of a member: without quotes; "" for a computed one. */
export function propertyName(at: Extraction, name: number): string {
  const type = at.tree.type(name)
  if (type === "string") return at.tree.source(at.tree.firstChild(name))
  return type === "computed_property_name" ? "" : at.tree.source(name)
}

function variable(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.child(node, "name")
  const given = tree.child(node, "value")
  // `const tree = module.exports = function () {}` names the function, and exports it.
  const value = tree.type(given) === "assignment_expression" ? assigned(at, given) : given
  const valueType = tree.type(value)
  const required = /^(call|member)_expression$/.test(valueType) ? requiredModule(at, value) : ""
  if (required !== "") {
    at.importing(node, required, requiredNames(at, name, valueType === "member_expression" ? value : -1))
    return
  }
  const isFunction = functions.has(valueType)
  const isClass = valueType === "class"
  const isTop = at.scope.kind === "scope" || at.scope.kind === "module"
  if (isFunction) at.claim(tree.child(value, "name"))
  if (!isFunction && !isClass && !isTop) return
  const declaration = tree.parentOf(node)
  const isConst = at.text.startsWith("const", tree.start[declaration])
  // A loop's variable at the top of a file is not worth finding.
  if (!tree.type(declaration).endsWith("_declaration") || tree.type(tree.parentOf(declaration)).startsWith("for"))
    return
  if (isTop && inBlock(at, declaration) && !isFunction && !isClass) return
  const [from, isOuter] = outermost(at, node)
  const isExported = isOuter || (given !== value && exportsWhole(at, given))
  if (given !== value) at.memo.set("named by a variable", value)
  const kind = isFunction ? "function" : isClass ? "class" : isConst ? "constant" : "variable"
  if (tree.type(name) === "identifier") {
    const body = isFunction || isClass ? tree.child(value, "body") : longValue(at, value)
    at.define(node, { kind, name, body, from, isExported })
    return
  }
  for (const bound of boundNames(at, name)) at.define(node, { kind, name: bound, from, isExported, isScope: false })
}

/** Whether a top-level declaration stands in an `if` or other block rather than in the file or a namespace itself. */
function inBlock(at: Extraction, declaration: number): boolean {
  const { tree } = at
  const up = tree.parentOf(declaration)
  return tree.type(up) === "statement_block" && !/module/.test(tree.type(tree.parentOf(up)))
}

/** The identifiers that a destructuring pattern binds. */
function boundNames(at: Extraction, pattern: number): number[] {
  const { tree } = at
  const bound: number[] = []
  for (let n = pattern + 1; n < (tree.after[pattern] ?? 0); n++) {
    const type = tree.type(n)
    if (type === "shorthand_property_identifier_pattern") bound.push(n)
    else if (type === "identifier" && /pattern/.test(tree.type(tree.parentOf(n)))) {
      if (n === tree.child(tree.parentOf(n), "right")) continue
      bound.push(n)
    }
  }
  return bound
}

function assignment(at: Extraction, node: number): void {
  const { tree } = at
  const left = tree.child(node, "left")
  const isQuoted = tree.type(left) === "subscript_expression" && tree.type(tree.child(left, "index")) === "string"
  if (tree.type(left) !== "member_expression" && !isQuoted) return
  const right = tree.child(node, "right")
  const value = assigned(at, right)
  // `const tree = module.exports = function () {}` was taken with the variable's name.
  if (at.memo.get("named by a variable") === value) return
  const rightType = tree.type(value)
  const object = tree.source(tree.child(left, "object"))
  const property = tree.child(left, isQuoted ? "index" : "property")
  const called = isQuoted ? moduleText(at, property) : tree.source(property)
  const isModule = isModuleExports(object)
  const isExports = isModule || (object === "module" && called === "exports")
  if (isExports && rightType === "identifier") at.exported.add(tree.source(value))
  if (isExports && !isModule && rightType === "object") {
    exportEntries(at, value)
    return
  }
  const isFunction = functions.has(rightType)
  const isTop = at.scope.kind === "scope"
  at.claim(tree.child(value, "name"))
  if (!isFunction && rightType !== "class" && !(isModule && isTop)) return
  const statement = tree.parentOf(node)
  const from = tree.type(statement) === "expression_statement" ? statement : node
  const body = isFunction || rightType === "class" ? tree.child(value, "body") : longValue(at, value)
  const kind = isFunction ? "function" : rightType === "class" ? "class" : "constant"
  if (isExports) {
    const own = tree.child(value, "name")
    const name = isModule ? property : own
    // Of `exports.a = exports.b = f` the inside belongs to the last.
    const isScope = right === value
    at.define(node, { kind, name, called: name < 0 ? "default" : isModule ? called : undefined, body, from, isScope })
    return
  }
  if (isQuoted) return
  const owner = object.endsWith(".prototype") ? object.slice(0, -".prototype".length) : object
  const isThis = owner === "this" || owner === "self"
  if (!isThis && !/^[\w$]+(?:\.[\w$]+)*$/.test(owner)) return
  at.define(node, {
    kind: isFunction ? "method" : "class",
    name: property,
    body,
    from,
    owner: isThis ? undefined : owner.split("."),
    isExported: "inherit",
  })
}

function pair(at: Extraction, node: number): void {
  const { tree } = at
  const value = tree.child(node, "value")
  if (!functions.has(tree.type(value))) return
  at.claim(tree.child(value, "name"))
  const name = tree.child(node, "key")
  at.define(node, {
    kind: "method",
    name,
    called: propertyName(at, name),
    body: tree.child(value, "body"),
    isExported: "inherit",
  })
}

function call(at: Extraction, node: number): void {
  const { tree } = at
  const target = tree.child(node, "function")
  if (tree.type(target) === "import" || isWord(at, target, "require")) {
    at.claim(target)
    const up = tree.type(tree.parentOf(node))
    const module = stringArgument(at, node)
    // `const x = require(…)` was taken with its names.
    if (up !== "variable_declarator" && !(up === "member_expression" && isDeclared(at, tree.parentOf(node))))
      at.importing(node, module, tree.type(target) === "import" ? [{ name: "*", alias: "" }] : [])
    return
  }
  // What `Object.assign(module.exports, {…})` and `module.exports = Object.freeze({…})` hold is exported.
  if (isWord(at, target, "Object.assign") || isWord(at, target, "Object.freeze")) {
    const [first = -1, ...others] = tree.children(tree.child(node, "arguments"))
    const isOwn = isModuleExports(tree.source(first))
    const up = tree.parentOf(node)
    const isWhole = tree.type(up) === "assignment_expression" && exportsWhole(at, up)
    if (isWhole && tree.type(first) === "identifier") at.exported.add(tree.source(first))
    for (const given of isOwn ? others : isWhole ? [first, ...others] : [])
      if (tree.type(given) === "object") exportEntries(at, given)
  }
  callee(at, target)
}

const isDeclared = (at: Extraction, node: number) => at.tree.type(at.tree.parentOf(node)) === "variable_declarator"

/** Reports what is called, constructed or applied. */
export function callee(at: Extraction, target: number): void {
  const { tree } = at
  const type = tree.type(target)
  if (type === "identifier") at.refer("call", target)
  else if (type === "member_expression") {
    const property = tree.child(target, "property")
    at.refer("call", property, at.qualifier(tree.child(target, "object")))
  } else if (type === "parenthesized_expression" || type === "await_expression" || type === "non_null_expression") {
    callee(at, tree.firstChild(target))
  }
}

function element(at: Extraction, node: number): void {
  const { tree } = at
  const name = tree.child(node, "name")
  // A lower-case element is one of HTML's.
  if (tree.type(name) === "identifier" && !/^[a-z]/.test(tree.source(name))) at.refer("call", name)
  else if (tree.type(name) === "member_expression") callee(at, name)
  else at.claim(name)
}

function heritage(at: Extraction, node: number): void {
  const { tree } = at
  for (const child of tree.children(node)) {
    if (/clause$/.test(tree.type(child))) heritage(at, child)
    else inherited(at, child)
  }
}

export function inherited(at: Extraction, node: number): void {
  const { tree } = at
  switch (tree.type(node)) {
    case "identifier":
    case "type_identifier":
      at.refer("inherit", node)
      break
    case "member_expression":
      at.refer("inherit", tree.child(node, "property"), at.qualifier(tree.child(node, "object")))
      break
    case "nested_type_identifier":
      at.refer("inherit", tree.child(node, "name"), at.qualifier(tree.child(node, "module")))
      break
    case "generic_type":
      inherited(at, tree.child(node, "name"))
      break
    case "call_expression":
      // A mixin: what it is given is inherited too.
      for (const argument of tree.children(tree.child(node, "arguments"))) inherited(at, argument)
  }
}
