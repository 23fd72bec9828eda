import { z } from "zod"
import type { Decision } from "../../access/permissions/rule.ts"
import { truncate } from "../../base/text.ts"

/** What one hook said. */
export interface HookAnswer {
  /** Undefined: it has no opinion. */
  readonly decision?: Decision
  /** For the model and the person; "" where it gives none. */
  readonly reason: string
  /** Goes to the model. */
  readonly context: string
}

const Output = z.object({
  continue: z.boolean().optional(),
  stopReason: z.string().optional(),
  decision: z.enum(["block", "approve", "allow", "deny", "ask"]).optional(),
  reason: z.string().optional(),
  hookSpecificOutput: z
    .object({
      permissionDecision: z.enum(["allow", "deny", "ask"]).optional(),
      permissionDecisionReason: z.string().optional(),
      additionalContext: z.string().optional(),
      decision: z.object({ behavior: z.enum(["allow", "deny"]), message: z.string().optional() }).optional(),
    })
    .optional(),
})

const mostContext = 10_000
const words = { block: "deny", deny: "deny", approve: "allow", allow: "allow", ask: "ask" } as const

/**
 * What a hook means by how it ended: exit code 2 blocks, with its errors as the reason; 0 with JSON decides, with other
 * text it is context where `textIsContext`. Undefined: it failed, and said nothing that counts.
 */
export function answerOf(
  { exitCode, out, errors }: { readonly exitCode: number | null; readonly out: string; readonly errors: string },
  textIsContext: boolean,
): HookAnswer | undefined {
  if (exitCode === 2) return { decision: "deny", reason: truncate(errors.trim(), mostContext), context: "" }
  if (exitCode !== 0) return undefined
  const text = out.trim()
  const said = text.startsWith("{") ? Output.safeParse(parsed(text)) : undefined
  if (!said) return { reason: "", context: textIsContext ? truncate(text, mostContext) : "" }
  // It meant to decide something, and nobody knows what.
  if (!said.success) return undefined
  const { data } = said
  const { hookSpecificOutput: more } = data
  const word = more?.permissionDecision ?? more?.decision?.behavior ?? data.decision
  const decision = data.continue === false ? "deny" : word && words[word]
  const reason = more?.permissionDecisionReason ?? more?.decision?.message ?? data.reason ?? data.stopReason ?? ""
  return {
    ...(decision && { decision }),
    reason: truncate(reason, mostContext),
    context: truncate(more?.additionalContext ?? "", mostContext),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
