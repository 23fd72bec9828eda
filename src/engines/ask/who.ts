import { count } from "../../base/text.ts"
import type { CodeIndex, CommitOf } from "../../code/code-index.ts"
import type { Draft } from "./answer.ts"
import type { Question } from "./question.ts"
import { commitNote, quoteDefinition } from "./quoting.ts"
import { likelyTarget } from "./target.ts"
import { passagesFor } from "./where.ts"

/** "Who changed … and why": the commits that touched these lines, newest first, in their authors' words. */
export async function who(question: Question, index: CodeIndex, signal?: AbortSignal): Promise<Draft> {
  const target = await likelyTarget(question, index, signal)
  if (!target) return passagesFor(question, index, signal)
  const lines = target.definition ? { startLine: target.startLine, endLine: target.endLine } : undefined
  const options = { limit: 20, ...(lines && { lines }), ...(signal && { signal }) }
  const { items: commits, freshness } = await index.historyOf(target.path, options)
  const passage =
    target.definition && (await quoteDefinition(target.definition, index, { note: "as it is now", lines: 12 }))
  const line = target.definition?.nameLine ?? 1
  return {
    isFound: commits.length > 0,
    target: { label: target.label, path: target.path, line, isAssumed: target.isAssumed },
    headline: commits[0]
      ? headlineOf(target.label, target.isAssumed ? question.subject : "", commits[0], commits)
      : `There is no history of \`${target.label}\` (${target.path}:${line}): ${freshness.head === null ? "this is not a git repository with commits" : "no commit has touched it yet"}.`,
    passages: passage ? [passage] : [],
    history: commits.map(commitNote),
    followUps: commits[0]
      ? [`git show ${commits[0].sha.slice(0, 10)}`, `duck explain ${target.path}:${line}`]
      : [`duck explain ${target.path}:${line}`],
  }
}

function headlineOf(label: string, assumedFor: string, last: CommitOf, commits: readonly CommitOf[]): string {
  const assumed = assumedFor === "" ? "" : ` (the best match for “${assumedFor}”)`
  const people = new Set(commits.map((commit) => commit.authorName)).size
  const more =
    commits.length > 1 ? ` ${count(commits.length, "commit")} by ${count(people, "person", "people")} touched it.` : ""
  return `${last.authorName} last changed \`${label}\`${assumed} on ${last.authoredAt.slice(0, 10)}: “${last.subject}” (${last.sha.slice(0, 10)}).${more}`
}
