import { type Finding, findingOf } from "../finding.ts"
import type { FileAnalyzer } from "./analyzer.ts"
import { Kind, type Kinds, kindOf, kindsOf } from "./kinds.ts"
import { isParsed, lineText, type ParsedFileUnderLook, spanOf } from "./place.ts"

const rule = {
  id: "dead-code/unreachable",
  severity: "warning",
  explanation:
    "What stands after a return, a throw, a break or a continue in the same block is never run. Remove it, or move it before the jump if it was meant to run.",
} as const

/** Statements behind one that always leaves their block. */
export const unreachable: FileAnalyzer = {
  name: "unreachable",
  scope: "file",
  version: 1,
  rules: [rule],
  run: (file) => (isParsed(file) ? unreachableIn(file) : []),
}

function* unreachableIn(file: ParsedFileUnderLook): Generator<Finding> {
  const { tree, path } = file
  const kinds = kindsOf(tree, file.language)
  if (!kinds.syntax || kinds.syntax.ends.length === 0) return
  for (let node = 0; node < tree.count; node++) {
    if (!(kindOf(kinds, tree, node) & Kind.block)) continue
    const dead = firstDead(file, kinds, node)
    if (!dead) continue
    const [start, end] = [tree.start[dead.from] ?? 0, tree.end[dead.to] ?? 0]
    const word = /^\w+/.exec(tree.source(dead.after))?.[0] ?? "jump"
    yield findingOf({
      rule: rule.id,
      severity: rule.severity,
      path,
      message: `This is never reached: the ${word} before it always leaves the block.`,
      evidence: lineText(file, start),
      confidence: tree.hasErrors ? 0.6 : 0.95,
      explanation: rule.explanation,
      tags: ["dead-code"],
      ...spanOf(file, start, end),
    })
  }
}

function firstDead({ tree, language }: ParsedFileUnderLook, kinds: Kinds, block: number) {
  const end = tree.after[block] ?? 0
  let after = -1
  for (let child = block + 1; child < end; child = tree.after[child] ?? end) {
    const bits = kindOf(kinds, tree, child)
    if (bits & Kind.comment || tree.type(child) === "ERROR") continue
    if (after >= 0) {
      // A label or a case can be jumped to, and what follows it as well.
      if (/label|case|preproc|rescue|ensure|^else$/.test(tree.type(child))) return undefined
      if (bits & Kind.hoisted || /^var\s+[\w$]+\s*;?$/.test(tree.source(child))) continue
      // `return` before a `yield` is how Python writes a generator of nothing.
      if (language === "python" && /^yield\b/.test(tree.source(child))) return undefined
      return { after, from: child, to: tree.lastChild(block) }
    }
    if (isEnd(kinds, tree, child, bits)) after = child
  }
  return undefined
}

function isEnd(kinds: Kinds, tree: ParsedFileUnderLook["tree"], node: number, bits: number): boolean {
  if (bits & Kind.end) return true
  const only = tree.firstChild(node)
  return (
    tree.type(node) === "expression_statement" &&
    only >= 0 &&
    tree.after[only] === tree.after[node] &&
    ((kindOf(kinds, tree, only) & Kind.end) !== 0 || tree.type(only) === "throw_expression")
  )
}
