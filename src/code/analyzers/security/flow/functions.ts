import { boundNames, parametersOf } from "../bindings.ts"
import { aliasOfType } from "../known-functions.ts"
import { Scope } from "../scope.ts"
import { harmlessType, sourceOf, sourceParameter } from "../sources.ts"
import { constant, joined, levels, type Value } from "../value.ts"
import { cameIn, type Walk } from "./walk.ts"

/** A function, gone through where it is written; its value says what it gives back. */
export function ofFunction(walk: Walk, node: number): Value {
  const { tree } = walk
  const type = tree.type(node)
  const parameters = parametersOf(tree, node)
  // In most languages a block is only a block.
  if ((type === "block" || type === "do_block") && walk.family !== "ruby") return walk.children(node)
  const given = walk.elements
  walk.elements = undefined
  const outer = walk.scope
  walk.scope = new Scope(outer)
  const isOfHandler = isHandler(walk, node)
  for (const list of parameters) declareParameters(walk, list, given, isOfHandler)
  bodyOf(walk, node, parameters)
  const result: Value = { ...joined(walk.scope.returned), isFunction: true }
  walk.scope = outer
  walk.elements = given
  const name = tree.child(node, "name")
  if (name >= 0 && !/method|constructor/.test(type)) outer.declare(tree.source(name), result)
  return result
}

/** Goes through what a function does; what it gives without a `return` is noted as well. */
function bodyOf(walk: Walk, node: number, parameters: readonly number[]): void {
  const { tree } = walk
  const isRuby = walk.family === "ruby"
  const body = tree.child(node, "body")
  if (body >= 0) {
    const value = walk.value(body)
    if (isRuby || !/block|statement|body|declaration/.test(tree.type(body))) walk.scope.returned.push(value)
    return
  }
  // Ruby's methods and blocks hold their statements themselves; the last is what they give.
  let last: Value = constant
  for (const at of tree.children(node)) {
    if (!parameters.includes(at) && tree.field[at] !== tree.fieldIds.get("name")) last = walk.value(at)
  }
  if (isRuby) walk.scope.returned.push(last)
}

function declareParameters(walk: Walk, list: number, given: Value | undefined, isOfHandler: boolean): void {
  const { tree } = walk
  const single = tree.isLeaf(list) || !/parameter/.test(tree.type(list))
  for (const one of single ? [list] : tree.children(list)) {
    const source = tree.source(one).slice(0, 300)
    for (const name of boundNames(tree, walk.shapes, one)) {
      // TypeScript's `this: T` declares what a function is called on; nobody passes it.
      if (tree.source(name) === "this" && walk.family === "js") continue
      walk.scope.declare(tree.source(name), parameterValue(walk, name, source, given, isOfHandler))
    }
  }
}

/** `source`: how the parameter is declared; `given`: what it is called with, where that is known. */
function parameterValue(
  walk: Walk,
  node: number,
  source: string,
  given: Value | undefined,
  isOfHandler: boolean,
): Value {
  const says = walk.tree.source(node)
  const declared = source.replace(/=[^>][\s\S]*$/, "")
  if (harmlessType.test(declared)) return constant
  if (isOfHandler || sourceParameter.test(source)) return cameIn(node, { says: `the parameter ${says}`, trust: 0.95 })
  const came = sourceOf(says, walk.family)
  if (came && walk.family === "c") return cameIn(node, came)
  if (given && (given.level !== levels.unknown || given.text !== undefined) && given.path === undefined)
    return { ...given, text: undefined, isBuilt: false }
  const alias = /^(?:req|request|ctx|event|params|r|c|context|res|response|location|document|window)$/.test(says)
    ? says
    : undefined
  return {
    ...constant,
    level: levels.parameter,
    from: { node, says: `the parameter ${says}` },
    path: alias ?? aliasOfType(says, declared, walk.family),
  }
}

/** A function whose decorator says that a framework calls it with what came in. */
function isHandler(walk: Walk, node: number): boolean {
  if (walk.family !== "python") return false
  const { tree } = walk
  const up = tree.parentOf(node)
  if (tree.type(up) !== "decorated_definition") return false
  return tree
    .children(up)
    .some(
      (one) =>
        tree.type(one) === "decorator" &&
        /\.(?:route|get|post|put|delete|patch|websocket)\s*\(/.test(tree.source(one).slice(0, 200)),
    )
}
