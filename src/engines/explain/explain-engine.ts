import { shownIn } from "../ask/ask-engine.ts"
import { type Citation, checkedCitations } from "../ask/citations.ts"
import type { Engine } from "../pipeline/engine.ts"
import { evidenceOf } from "./evidence.ts"
import type { Explanation } from "./explanation.ts"

export type Level = "beginner" | "developer" | "expert"

export interface ExplainTask {
  /** What the index says. */
  readonly explanation: Explanation
  readonly level: Level
}

export interface Explained {
  readonly explanation: Explanation
  /** A model's words, with each place they cite checked; null without one. */
  readonly answer: { readonly text: string; readonly citations: readonly Citation[] } | null
}

/** Explains in words what the index says; every place that it cites is checked. */
export const explainEngine: Engine<ExplainTask, string, Explained> = {
  name: "explain",
  prompt: () => "explain/code",
  needs({ explanation: { kind, target, path, startLine, endLine, change, error } }) {
    const paths = change
      ? change.files.map((file) => file.path)
      : (error?.frames ?? []).flatMap((frame) => frame.path ?? [])
    const isPlace = kind === "symbol" || kind === "range"
    return {
      task: `Explain the ${kind} ${target}`,
      paths: [...new Set([...(path === "" ? [] : [path]), ...paths])].slice(0, 20),
      symbols: kind === "symbol" ? [`${path}:${startLine}`] : [],
      ...(isPlace ? { focus: { path, startLine, endLine } } : {}),
    }
  },
  variables: ({ explanation, level }) => ({
    kind: explanation.kind,
    target: explanation.target,
    evidence: evidenceOf(explanation),
    isBeginner: level === "beginner",
    isExpert: level === "expert",
    isError: explanation.kind === "error",
    isDiff: explanation.kind === "diff",
    isProject: explanation.kind === "project",
  }),
  output: "text",
  maxOutputTokens: 4_000,
  async accept(text, { explanation }, { index }, context) {
    const { passage, passages, callers, callees, tests } = explanation
    const shown = [...(passage ? [passage] : []), ...passages, ...shownIn(context)]
    const evidence = { passages: shown, connections: [...callers, ...callees], tests }
    const checked = await checkedCitations(text, evidence, (path, lines) => index.text(path, lines))
    return { explanation, answer: checked }
  },
  critics: [],
  withoutModel: async ({ explanation }) => ({ explanation, answer: null }),
}
