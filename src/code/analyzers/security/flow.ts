import type { FlatTree } from "../../parse/flat-tree.ts"
import { ofAssignment } from "./flow/assignments.ts"
import { ofBranch } from "./flow/branches.ts"
import { ofCall } from "./flow/calls.ts"
import { ofBinary, ofChoice, ofLoose, ofMember, ofName, ofPair, ofSpecial } from "./flow/expressions.ts"
import { ofFunction } from "./flow/functions.ts"
import { ofText } from "./flow/text.ts"
import { type Seen, shapeOf, type Walk } from "./flow/walk.ts"
import { importsIn } from "./names.ts"
import type { Family } from "./rule.ts"
import { Scope } from "./scope.ts"
import { shapesOf } from "./shapes.ts"
import { constant, joined, unknown, type Value } from "./value.ts"

/** Deeper nesting is left alone: nobody writes it, and the stack is not for it. */
const mostDepth = 400

/**
 * Follows values through one file in the order in which it is written: through assignments, joined text, collections and
 * functions whose bodies are in sight. Branches are taken one after the other and what they assign is joined, so that the
 * answer is what could be, not what is. Within one function, after "taint analysis" as static analysers do it.
 */
export function follow(tree: FlatTree, family: Family, seen: Seen): void {
  const imports = importsIn(tree, family)
  let depth = 0
  const walk: Walk = {
    tree,
    family,
    seen,
    shapes: shapesOf(tree.types),
    imports,
    scope: new Scope(),
    elements: undefined,
    known: (name) => walk.scope.get(name)?.path ?? imports.get(name),
    value(node) {
      if (node < 0 || depth > mostDepth) return unknown
      depth += 1
      try {
        return valueByShape(walk, node)
      } finally {
        depth -= 1
      }
    },
    children: (node) => joined(tree.children(node).map((child) => walk.value(child))),
  }
  walk.children(0)
}

function valueByShape(walk: Walk, node: number): Value {
  switch (shapeOf(walk, node)) {
    case "skip":
    case "comment":
    case "constant":
      return constant
    case "regex":
      walk.seen.regex(node)
      return constant
    case "name":
      return ofName(walk, node)
    case "text":
      return ofText(walk, node)
    case "member":
    case "index":
      return ofMember(walk, node)
    case "binary":
      return ofBinary(walk, node)
    case "choice":
      return ofChoice(walk, node)
    case "assign":
      return ofAssignment(walk, node)
    case "pair":
      return ofPair(walk, node)
    case "call":
      return ofCall(walk, node)
    case "function":
      return ofFunction(walk, node)
    case "branch":
      return ofBranch(walk, node)
    case "return": {
      const value = walk.children(node)
      walk.scope.returned.push(value)
      return constant
    }
    case "special":
      return ofSpecial(walk, node)
    default:
      return ofLoose(walk, node)
  }
}
