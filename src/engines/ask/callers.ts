import { count } from "../../base/text.ts"
import type { CodeIndex, UseSite } from "../../code/code-index.ts"
import { isTestPath } from "../../code/graph/families.ts"
import type { Draft } from "./answer.ts"
import type { Question } from "./question.ts"
import { connectionOf, quoteDefinition, quoteLine } from "./quoting.ts"
import { likelyTarget } from "./target.ts"
import { passagesFor } from "./where.ts"

/** "What calls …": every call, with the line that makes it; other uses where there is no call. */
export async function callers(question: Question, index: CodeIndex, signal?: AbortSignal): Promise<Draft> {
  const target = await likelyTarget(question, index, signal)
  if (!target) return passagesFor(question, index, signal)
  if (!target.definition) return importers(target.path, index)

  const calls = await index.callers(target.reference)
  const uses = calls.items.length > 0 ? calls.items : (await index.references(target.reference)).items
  const verb = calls.items.length > 0 ? "called" : "used"
  const code = uses.filter((use) => !isTestPath(use.path))
  const shown = code.length > 0 ? code : uses
  const files = new Set(uses.map((use) => use.path)).size
  const assumed = target.isAssumed ? ` (the best match for “${question.subject}”)` : ""
  const where = `\`${target.label}\`${assumed}, ${target.path}:${target.definition.nameLine},`
  const passages = await Promise.all([
    quoteDefinition(target.definition, index, { note: "what the question is about", lines: 6 }),
    ...firstOfEachFile(shown)
      .slice(0, 3)
      .map((use) => quoteLine(use.path, use.line, index, { name: connectionOf(use).from, note: use.reason })),
  ])
  return {
    isFound: true,
    target: { label: target.label, path: target.path, line: target.definition.nameLine, isAssumed: target.isAssumed },
    headline:
      uses.length === 0
        ? `${where} has no callers in this tree: it may be an entry point, called from outside, or dead.`
        : `${where} is ${verb} in ${count(uses.length, "place")} in ${count(files, "file")}${testShare(uses)}.`,
    passages: passages.filter((passage) => passage !== null),
    connections: [...shown, ...uses.filter((use) => !shown.includes(use))].map(connectionOf),
    followUps: [`duck impact ${target.definition.name}`, `duck explain ${target.path}:${target.definition.nameLine}`],
  }
}

async function importers(path: string, index: CodeIndex): Promise<Draft> {
  const { items } = await index.importersOf(path)
  return {
    isFound: true,
    target: { label: path, path, line: 1, isAssumed: false },
    headline:
      items.length === 0
        ? `No file of this tree imports ${path}.`
        : `${path} is imported by ${count(items.length, "file")}.`,
    connections: items.map((edge) => ({
      from: edge.path,
      verb: "imports",
      to: path,
      path: edge.path,
      line: edge.line,
      text: edge.names.length > 0 ? `${edge.names.join(", ")} from ${edge.module}` : edge.module,
      depth: 1,
      confidence: 1,
    })),
    followUps: [`duck impact ${path}`, `duck explain ${path}`],
  }
}

function firstOfEachFile(uses: readonly UseSite[]): UseSite[] {
  const first = new Map<string, UseSite>()
  for (const use of uses) if (!first.has(use.path)) first.set(use.path, use)
  return [...first.values()]
}

function testShare(uses: readonly UseSite[]): string {
  const tests = uses.filter((use) => isTestPath(use.path)).length
  if (tests === 0) return ""
  return tests === uses.length ? ", all of them in tests" : `, ${tests} of them in tests`
}
