import { z } from "zod"
import type { Finding } from "../../code/finding.ts"
import { DraftRefusedError } from "../pipeline/draft.ts"
import type { Engine } from "../pipeline/engine.ts"
import { type ChangeSet, linesOf } from "./change-set.ts"

export interface RefuteTask {
  readonly findings: readonly Finding[]
  readonly changes: ChangeSet
}

/** A finding that the code speaks against. */
export interface Refuted {
  readonly fingerprint: string
  readonly why: string
}

const Draft = z.object({
  verdicts: z
    .array(
      z.object({
        number: z.int(),
        holds: z.boolean(),
        why: z.string().describe("One sentence, with the line that shows it"),
      }),
    )
    .max(40),
})
type Draft = z.infer<typeof Draft>

/** So many are looked at a second time; the others stay as they are. */
export const mostRefuted = 20
const around = 25

/** The second pass: each finding of a model beside the code, to be held against it. Gives those that do not hold. */
export const refuteEngine: Engine<RefuteTask, Draft, readonly Refuted[]> = {
  name: "review",
  prompt: () => "review/refute",
  needs: ({ findings }) => ({
    task: findings.map(({ message }) => message).join("\n"),
    paths: [...new Set(findings.map(({ path }) => path))],
    symbols: [],
  }),
  variables: ({ findings, changes }) => ({
    findings: findings.map((finding, at) => ({
      number: at + 1,
      text: findingText(finding),
      code: codeAround(finding, changes),
    })),
  }),
  output: { name: "verdicts", schema: Draft },
  maxOutputTokens: 3_000,
  async accept({ verdicts }, { findings }) {
    const wrong = verdicts.find(({ number }) => number < 1 || number > findings.length)
    if (wrong) throw new DraftRefusedError(`There is no finding ${wrong.number}: they are 1 to ${findings.length}.`)
    return verdicts.flatMap(({ number, holds, why }) => {
      const fingerprint = findings[number - 1]?.fingerprint
      return holds || fingerprint === undefined ? [] : [{ fingerprint, why }]
    })
  },
  critics: [],
  withoutModel: async () => [],
}

const findingText = ({ path, startLine, severity, message, explanation }: Finding) =>
  `${path}:${startLine} (${severity}) ${message} ${explanation ?? ""}`.trim()

function codeAround({ path, startLine, endLine }: Finding, { files }: ChangeSet): string {
  const lines = linesOf(files.find((file) => file.path === path)?.after ?? "")
  const from = Math.max(1, startLine - around)
  const shown = lines.slice(from - 1, Math.min(endLine + around, startLine + 3 * around))
  return shown.map((text, at) => `${String(from + at).padStart(5)} ${text}`).join("\n")
}
