import type { FlatTree } from "../../parse/flat-tree.ts"
import type { Syntax } from "../syntax.ts"
import type { Measured } from "./measured.ts"

export interface OperatorCounts {
  /** A binary expression: counted where its operator decides what is run. */
  add(node: number, own: Measured): void
  /** When all are known: each sequence of the same operator counts once for a reader. */
  finish(): void
}

/** Counts boolean operators; a reader takes `a && b && c` as one, and each change of operator as another. */
export function countOperators(tree: FlatTree, { booleans, defaulting }: Syntax): OperatorCounts {
  /** By its topmost node: operators with the place that they stand at. */
  const sequences = new Map<number, { readonly own: Measured; readonly operators: [at: number, operator: string][] }>()
  const topOf = new Map<number, number>()
  return {
    add(node, own) {
      const operator = operatorOf(tree, node)
      const isBoolean = booleans.includes(operator)
      if (!isBoolean && defaulting?.includes(operator) !== true) return
      own.cyclomatic++
      if (!isBoolean) return
      let up = tree.parentOf(node)
      while (tree.type(up).startsWith("parenthesized")) up = tree.parentOf(up)
      const top = topOf.get(up) ?? node
      topOf.set(node, top)
      const sequence = sequences.get(top) ?? { own, operators: [] }
      sequences.set(top, sequence)
      sequence.operators.push([tree.end[tree.firstChild(node)] ?? 0, signs[operator] ?? operator])
    },
    finish() {
      for (const { own, operators } of sequences.values()) {
        operators.sort((a, b) => a[0] - b[0])
        for (const [n, [, operator]] of operators.entries()) if (operator !== operators[n - 1]?.[1]) own.cognitive++
      }
    },
  }
}

const signs: Readonly<Record<string, string>> = { and: "&&", or: "||" }

/** What stands between the first and the second operand. */
function operatorOf(tree: FlatTree, node: number): string {
  const left = tree.firstChild(node)
  if (left < 0) return ""
  const from = tree.end[left] ?? 0
  let right = tree.after[left] ?? 0
  while (tree.type(right).includes("comment")) right = tree.after[right] ?? 0
  return /^\s*(&&|\|\||\?\?|and\b|or\b)/.exec(tree.text.slice(from, tree.start[right]))?.[1] ?? ""
}
