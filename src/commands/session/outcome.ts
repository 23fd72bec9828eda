import { z } from "zod"
import type { SessionItem } from "./item.ts"

/** What came of a turn, as whoever asked for it is told. */
export const TurnOutcome = z.object({
  session: z.string(),
  title: z.string(),
  /** The answer: the last thing that was said. */
  text: z.string(),
  how: z.enum(["done", "interrupted", "failed", "limit"]),
  why: z.string(),
  /** "provider/model" that answered last; null where none did. */
  model: z.string().nullable(),
  /** Files that were changed, by the last thing that happened to each. */
  files: z.array(z.object({ path: z.string(), did: z.enum(["changed", "created", "deleted"]) })),
  /** Tool calls that were not allowed. */
  denied: z.array(z.object({ name: z.string(), why: z.string() })),
  /** What is proved of it, and what is claimed without proof; a line each. */
  checks: z.array(z.string()),
  steps: z.int(),
  inputTokens: z.int(),
  cachedInputTokens: z.int(),
  outputTokens: z.int(),
  /** Of the answers whose price is known; null: of none. */
  costUsd: z.number().nullable(),
})
export type TurnOutcome = z.infer<typeof TurnOutcome>

/** Puts together what came of a turn from what was told of it. */
export function outcomeOf(session: string) {
  const files = new Map<string, TurnOutcome["files"][number]>()
  const names = new Map<string, string>()
  const denied: TurnOutcome["denied"] = []
  const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0 }
  let text = ""
  let checks: readonly string[] = []
  let model: string | null = null
  let costUsd: number | null = null
  let steps = 0

  const spoke = (parts: readonly { readonly kind: string }[], by: string) => {
    steps += 1
    model = by
    const said = parts.flatMap((part) => ("text" in part && part.kind === "text" ? [String(part.text)] : [])).join("")
    if (said !== "") text = said
    for (const part of parts) if ("id" in part && "name" in part) names.set(String(part.id), String(part.name))
  }
  const finished = (call: string, outcome: string, content: readonly { readonly kind: string }[]) => {
    if (outcome !== "denied") return
    const why = content.flatMap((part) => ("text" in part ? [String(part.text)] : [])).join("\n")
    denied.push({ name: names.get(call) ?? "", why })
  }

  return {
    take(item: SessionItem) {
      if (item.kind === "turn-ended") checks = item.checks
      if (item.kind !== "event") return
      switch (item.type) {
        case "assistant.spoke": {
          const { data } = item
          spoke(data.parts, data.model)
          usage.inputTokens += data.usage.inputTokens
          usage.cachedInputTokens += data.usage.cachedInputTokens
          usage.outputTokens += data.usage.outputTokens
          if (data.usage.costUsd !== null) costUsd = (costUsd ?? 0) + data.usage.costUsd
          break
        }
        case "tool.finished": {
          const { data } = item
          finished(data.call, data.outcome, data.content)
          break
        }
        case "ledger.changed": {
          const { data } = item
          for (const change of data.changes) {
            if (change.kind === "file" && change.did !== "read") {
              files.set(change.path, { path: change.path, did: change.did })
            }
          }
          break
        }
      }
    },
    outcome: (title: string, how: TurnOutcome["how"], why: string): TurnOutcome => ({
      session,
      title,
      text,
      how,
      why,
      model,
      files: [...files.values()],
      denied,
      checks: [...checks],
      steps,
      ...usage,
      costUsd,
    }),
  }
}
