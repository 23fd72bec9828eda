import { isAdding, isFormat, isMapping, isPassing } from "../known-functions.ts"
import { calleePath, childBy } from "../names.ts"
import { fields } from "../shapes.ts"
import { cleaned, sourceOf } from "../sources.ts"
import { constant, type Danger, joined, levels, unknown, type Value } from "../value.ts"
import { argumentsOf } from "./arguments.ts"
import { flowOut } from "./out-parameters.ts"
import { type Argument, cameIn, flowInto, shapeOf, type Walk } from "./walk.ts"

interface Call {
  readonly node: number
  /** The dotted name of what is called. */
  readonly path: string
  /** What a method is called on, -1 where it is none: its value is a constant then. */
  readonly receiverNode: number
  readonly receiver: Value
  readonly args: readonly Argument[]
  /** The values of the arguments. */
  readonly given: readonly Value[]
}

/** A call; its value is what it gives back, as far as that can be told by the function's name. */
export function ofCall(walk: Walk, node: number): Value {
  const { tree } = walk
  const path = calleePath(tree, node, walk.shapes, walk.known)
  const receiverNode = receiverOf(walk, node)
  const receiver = receiverNode >= 0 ? walk.value(receiverNode) : constant
  const callee = tree.child(node, "function")
  if (callee >= 0 && receiverNode < 0 && shapeOf(walk, callee) !== "name") walk.value(callee)
  const outer = walk.elements
  walk.elements = isMapping.test(path) && receiverNode >= 0 ? receiver : undefined
  const args = argumentsOf(walk, node)
  walk.elements = outer
  walk.seen.call(node, path, args, receiver)
  return resultOf(walk, { node, path, receiverNode, receiver, args, given: args.map(({ value }) => value) })
}

function receiverOf(walk: Walk, node: number): number {
  const { tree } = walk
  const receiver = childBy(tree, node, fields.receiver)
  if (receiver >= 0) return receiver
  const callee = childBy(tree, node, ["function"])
  return callee >= 0 && shapeOf(walk, callee) === "member" ? childBy(tree, callee, fields.object) : -1
}

function resultOf(walk: Walk, call: Call): Value {
  const { node, path, receiverNode, receiver, args, given } = call
  const name = path.replace(/^new /, "")
  const source = sourceOf(name, walk.family)
  if (source && receiver.level < levels.source) return cameIn(node, source)
  const clean = cleaned(path)
  if (clean) return cleanedValue(call, clean)
  if (isMapping.test(path)) return mappedValue(call)
  const own = walk.scope.get(name)
  if (own?.isFunction) return ownResult(own, given)
  if (receiverNode >= 0 && isAdding.test(path)) {
    const isBuilt = given.some((value) => value.isBuilt)
    flowInto(walk, receiverNode, joined(given, isBuilt))
  }
  flowOut(walk, node, path, args)
  return unseenResult(call)
}

function cleanedValue({ receiver, given }: Call, clean: readonly Danger[]): Value {
  // Harmless for all dangers: a number, a digest.
  if (clean.length > 11) return constant
  const value = joined([receiver, ...given])
  return { ...value, cleanFor: [...value.cleanFor, ...clean], text: undefined }
}

/** What a function that is called with each element makes of them. */
function mappedValue({ path, receiver, args }: Call): Value {
  const made = args.find(({ value }) => value.isFunction)?.value
  const isMade = made && /map|flatMap|collect|Select$|reduce/.test(path)
  return isMade ? { ...made, isFunction: false, path: undefined } : receiver
}

/** Of a function whose body was gone through: `own` is what it gives back. */
function ownResult(own: Value, given: readonly Value[]): Value {
  if (own.level === levels.constant) return constant
  return own.level === levels.parameter ? { ...joined(given), isBuilt: own.isBuilt } : { ...own, isFunction: false }
}

/** Of a function whose body is not in sight. */
function unseenResult({ path, receiverNode, receiver, given }: Call): Value {
  const isMethod = receiverNode >= 0
  const all = isMethod ? [receiver, ...given] : given
  if (isFormat.test(path)) return formatted(receiver, given, all)
  const worst = joined(all)
  if (isPassing.test(path)) return { ...worst, head: given[0]?.head ?? receiver.head }
  const isConstant = receiver.level === levels.constant && worst.level === levels.constant
  if (isMethod && isConstant && receiver.path === undefined) return constant
  if (worst.level <= levels.unknown) return unknown
  // A method of the data itself gives more of it; what another function does with it can't be seen.
  const isOwnMethod = isMethod && receiver.level === worst.level
  const trust = worst.trust * (isOwnMethod || path.startsWith("new ") ? 1 : 0.7)
  return { ...worst, text: undefined, path: undefined, trust }
}

/** `all`: of what the text is made. */
function formatted(receiver: Value, given: readonly Value[], all: readonly Value[]): Value {
  const text = receiver.text ?? given.find((value) => value.text !== undefined)?.text
  return { ...joined(all, text !== undefined), head: (text ?? "").split(/[%{]/, 1)[0] }
}
