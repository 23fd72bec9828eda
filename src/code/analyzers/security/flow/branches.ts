import { checks } from "../sources.ts"
import { levels, type Value } from "../value.ts"
import { inBranch, shapeOf, type Walk } from "./walk.ts"

/** Conditions, loops on one, and what else may or may not be run. */
export function ofBranch(walk: Walk, node: number): Value {
  const { tree } = walk
  const condition = tree.child(node, "condition")
  if (condition >= 0) checked(walk, condition)
  return inBranch(walk, () => walk.children(node))
}

/** What a condition looks at closely is trusted more from there on. */
function checked(walk: Walk, condition: number): void {
  const { tree } = walk
  const source = tree.source(condition)
  if (source.length > 2_000 || !checks.test(source)) return
  for (let at = condition; at < (tree.after[condition] ?? 0); at++) {
    if (shapeOf(walk, at) !== "name") continue
    const name = tree.source(at)
    const value = walk.scope.get(name)
    if (value && value.level >= levels.parameter) walk.scope.declare(name, { ...value, trust: value.trust * 0.4 })
  }
}
