import type { CodeIndex, Freshness } from "../../code/code-index.ts"
import type { AskAnswer, Draft, FreshnessNote } from "./answer.ts"
import { callers } from "./callers.ts"
import { how } from "./how.ts"
import { impact } from "./impact.ts"
import { type Question, type QuestionKind, readQuestion } from "./question.ts"
import { tests } from "./tests.ts"
import { passagesFor, where } from "./where.ts"
import { who } from "./who.ts"

type Shape = (question: Question, index: CodeIndex, signal?: AbortSignal) => Promise<Draft>

const shapes: Readonly<Record<QuestionKind, Shape>> = { where, callers, impact, how, who, tests, about: passagesFor }

/**
 * Answers a question about a repository from its index alone: quotations with their places, how they hang together, what
 * the history says, and commands that lead on. Says plainly when nothing was found. Never makes anything up: all of it is
 * text of the tree, counts of edges, and commits.
 */
export async function ask(
  text: string,
  { index, signal }: { index: CodeIndex; signal?: AbortSignal },
): Promise<AskAnswer> {
  const question = readQuestion(text)
  const draft = await shapes[question.kind](question, index, signal)
  return {
    target: null,
    passages: [],
    connections: [],
    tests: [],
    history: [],
    nearest: [],
    followUps: [],
    ...draft,
    question: question.text,
    kind: question.kind,
    madeBy: "index",
    freshness: freshnessNote(index.freshness()),
  }
}

export function freshnessNote(freshness: Freshness): FreshnessNote {
  return {
    tree: freshness.tree,
    head: freshness.head,
    dirtyFiles: [...freshness.dirtyFiles],
    files: freshness.files,
    indexedAt: freshness.indexedAt,
    pending: freshness.pending,
    isComplete: freshness.isComplete,
  }
}
