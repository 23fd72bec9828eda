import { count } from "../../base/text.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import type { Draft } from "./answer.ts"
import { testsOf } from "./impact.ts"
import type { Question } from "./question.ts"
import { quoteDefinition } from "./quoting.ts"
import { likelyTarget } from "./target.ts"
import { passagesFor } from "./where.ts"

/** "Which tests cover …": the test files that reach it, and by which evidence. */
export async function tests(question: Question, index: CodeIndex, signal?: AbortSignal): Promise<Draft> {
  const target = await likelyTarget(question, index, signal)
  if (!target) return passagesFor(question, index, signal)
  const { items } = await index.testsOf(target.reference)
  const line = target.definition?.nameLine ?? 1
  const cases = items.flatMap((item) => item.tests)
  const passages = await Promise.all(
    cases.slice(0, 3).map((definition) => quoteDefinition(definition, index, { note: "tests it", lines: 14 })),
  )
  return {
    isFound: items.length > 0,
    target: { label: target.label, path: target.path, line, isAssumed: target.isAssumed },
    headline:
      items.length === 0
        ? `No test reaches \`${target.label}\` (${target.path}:${line}), as far as names, imports and calls tell.`
        : `\`${target.label}\` (${target.path}:${line}) is reached by ${count(items.length, "test file")}.`,
    passages: passages.filter((passage) => passage !== null),
    tests: testsOf({ tests: items }),
    followUps: [`duck impact ${target.definition?.name ?? target.path}`],
  }
}
