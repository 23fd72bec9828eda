import { z } from "zod"

export const itemStates = ["open", "doing", "done", "cancelled"] as const

const said = { id: z.string(), text: z.string(), by: z.enum(["user", "model"]) }
const step = { id: z.string(), text: z.string(), state: z.enum(itemStates) }
const file = {
  did: z.enum(["read", "changed", "created", "deleted"]),
  /** SHA-256 of the content after it; null when there is none. */
  hash: z.string().nullable(),
}
const command = {
  command: z.string(),
  exitCode: z.number().nullable(),
  /** SHA-256 of the output. */
  outputHash: z.string(),
  /** Of the tree at that moment: what it proves holds as long as the tree is this. */
  tree: z.string(),
}
const problem = { id: z.string(), text: z.string() }

/**
 * One change of the ledger: what a conversation must not forget, kept as data beside its messages. By rule: files and
 * commands. By the user or by the model through its tool: the rest.
 */
export const ledgerChange = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("goal"), text: z.string() }),
  /** In the words of whoever said it; stays until it is withdrawn. */
  z.object({ kind: z.literal("constraint"), ...said }),
  z.object({ kind: z.literal("decision"), ...said }),
  z.object({ kind: z.literal("withdrawn"), id: z.string(), why: z.string() }),
  z.object({ kind: z.literal("step"), ...step }),
  z.object({ kind: z.literal("file"), path: z.string(), ...file }),
  z.object({ kind: z.literal("command"), ...command }),
  z.object({ kind: z.literal("error"), ...problem }),
  z.object({ kind: z.literal("error-resolved"), id: z.string() }),
])
export type LedgerChange = z.infer<typeof ledgerChange>

/** A whole ledger, where an event has one: see `Ledger`. */
export const ledger = z.object({
  goal: z.string(),
  constraints: z.array(z.object(said)),
  decisions: z.array(z.object(said)),
  steps: z.array(z.object(step)),
  files: z.record(z.string(), z.object(file)),
  commands: z.array(z.object(command)),
  errors: z.array(z.object(problem)),
})
