import type { PackedContext, SourceName } from "../../context/context.ts"
import { speaksOfDiagnostics } from "../../context/sources/diagnostics.ts"
import type { Engine } from "../pipeline/engine.ts"
import type { AskAnswer } from "./answer.ts"
import { type Citation, checkedCitations } from "./citations.ts"
import { evidenceOf } from "./evidence.ts"

/** A model's words, with each place they cite checked. */
export interface Said {
  readonly text: string
  readonly citations: readonly Citation[]
}

/** The code was found for the question; what is asked beside it is what an index can't know. */
const besides: readonly SourceName[] = ["memory", "open", "diagnostics", "conversation"]

/** Answers in words from what the index found for a question; every place that it cites is checked. */
export const askEngine: Engine<AskAnswer, string, Said> = {
  name: "ask",
  prompt: () => "ask/question",
  needs: ({ question }) => ({
    ...{ task: question, paths: [], symbols: [], sources: besides },
    wantsDiagnostics: speaksOfDiagnostics(question),
  }),
  variables: (answer) => ({ question: answer.question, evidence: evidenceOf(answer) }),
  output: "text",
  maxOutputTokens: 4_000,
  accept: (text, { passages, connections, tests }, { index }, context) =>
    checkedCitations(text, { passages: [...passages, ...shownIn(context)], connections, tests }, (path, lines) =>
      index.text(path, lines),
    ),
  critics: [],
}

/** Lines of files that a prompt holds besides what its engine put there. */
export const shownIn = ({ items }: PackedContext) =>
  items.flatMap(({ place, form }) => (place && form === "whole" ? [place] : []))
