import { joined, type Value } from "../value.ts"
import { type Argument, cameIn, type Walk } from "./walk.ts"

const writers =
  /^(?:std\.)?(?:strcpy|strcat|strncpy|strncat|sprintf|snprintf|memcpy|fgets|gets|scanf|fscanf|sscanf|read|recv|getline)$/

/** C's functions write into what their first arguments point to. */
export function flowOut(walk: Walk, node: number, path: string, args: readonly Argument[]): void {
  if (walk.family !== "c" || !writers.test(path)) return
  const reads = /fgets|gets|scanf|read|recv|getline/.test(path) && !path.startsWith("sscanf")
  const target = path.startsWith("read") || path.startsWith("recv") ? args[1] : args[0]
  const came: Value = cameIn(node, { says: path, trust: 0.75 })
  const value = reads
    ? came
    : joined(
        args.slice(1).map((argument) => argument.value),
        args.length > 2,
      )
  const targets = /scanf/.test(path) ? args.slice(1) : [target]
  for (const one of targets) {
    if (!one) continue
    const name = walk.tree.source(one.node).replace(/^[&*(\s]+/, "")
    if (/^\w+$/.test(name) && value.level > 0) walk.scope.set(name, value)
  }
}
