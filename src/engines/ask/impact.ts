import { count } from "../../base/text.ts"
import type { CodeIndex, Dependant, ImpactAnswer } from "../../code/code-index.ts"
import { isTestPath } from "../../code/graph/families.ts"
import type { Connection, Draft } from "./answer.ts"
import type { Question } from "./question.ts"
import { quoteDefinition, quoteLine, verbOf } from "./quoting.ts"
import { likelyTarget, nameOf } from "./target.ts"
import { passagesFor } from "./where.ts"

/** "What breaks if …": what depends on it, directly and through others, and the tests that would tell. */
export async function impact(question: Question, index: CodeIndex, signal?: AbortSignal): Promise<Draft> {
  const target = await likelyTarget(question, index, signal)
  if (!target) return passagesFor(question, index, signal)
  const answer = await index.impact(target.reference, signal ? { signal } : {})
  const direct = answer.dependants.filter((dependant) => dependant.depth === 1)
  const code = direct.filter((dependant) => !isTestPath(dependant.path))
  const line = target.definition?.nameLine ?? target.startLine
  const passages = await Promise.all([
    target.definition ? quoteDefinition(target.definition, index, { note: "what would change", lines: 8 }) : null,
    ...code
      .slice(0, 3)
      .map((dependant) =>
        quoteLine(dependant.path, dependant.via.line, index, { name: labelOf(dependant), note: dependant.via.reason }),
      ),
  ])
  const name = target.definition?.name ?? target.path
  return {
    isFound: true,
    target: { label: target.label, path: target.path, line, isAssumed: target.isAssumed },
    headline: headlineOf(target.label, target.isAssumed ? question.subject : "", answer),
    passages: passages.filter((passage) => passage !== null),
    connections: answer.dependants.map(dependantConnection),
    tests: testsOf(answer),
    followUps: [`duck impact ${name}`, `duck ask "which tests cover ${name}"`],
  }
}

function headlineOf(label: string, assumedFor: string, { dependants, tests, isTruncated }: ImpactAnswer): string {
  const assumed = assumedFor === "" ? "" : ` (the best match for “${assumedFor}”)`
  if (dependants.length === 0)
    return `Nothing in this tree depends on \`${label}\`${assumed}, as far as names and imports tell.`
  const direct = dependants.filter((dependant) => dependant.depth === 1)
  const files = (list: readonly Dependant[]) => new Set(list.map((dependant) => dependant.path)).size
  const through = dependants.length - direct.length
  const parts = [
    `${count(direct.length, "place")} in ${count(files(direct), "file")} use \`${label}\`${assumed} directly`,
  ]
  if (through > 0)
    parts.push(`${isTruncated ? "at least " : ""}${count(through, "more")} depend on those`.replace("mores", "more"))
  parts.push(tests.length === 0 ? "no test reaches it" : `${count(tests.length, "test file")} would tell`)
  return `${parts.join("; ")}.`
}

export const testsOf = ({ tests }: Pick<ImpactAnswer, "tests">): NonNullable<Draft["tests"]> =>
  tests.map((test) => ({ path: test.path, names: test.tests.map(nameOf), reason: test.reason }))

const labelOf = (dependant: Dependant) => (dependant.definition ? nameOf(dependant.definition) : dependant.path)

function dependantConnection(dependant: Dependant): Connection {
  return {
    from: labelOf(dependant),
    verb: verbOf(dependant.via.kind),
    to: dependant.via.on,
    path: dependant.path,
    line: dependant.via.line,
    text: dependant.via.text,
    depth: dependant.depth,
    confidence: dependant.via.confidence,
  }
}
