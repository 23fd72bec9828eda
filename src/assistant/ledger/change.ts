import { z } from "zod"

export const itemStates = ["open", "doing", "done", "cancelled"] as const

/**
 * One change of the ledger: what a conversation must not forget, kept as data beside its messages. By rule: files and
 * commands. By the user or by the model through its tool: the rest.
 */
export const ledgerChange = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("goal"), text: z.string() }),
  /** In the words of whoever said it; stays until it is withdrawn. */
  z.object({ kind: z.literal("constraint"), id: z.string(), text: z.string(), by: z.enum(["user", "model"]) }),
  z.object({ kind: z.literal("decision"), id: z.string(), text: z.string(), by: z.enum(["user", "model"]) }),
  z.object({ kind: z.literal("withdrawn"), id: z.string(), why: z.string() }),
  z.object({ kind: z.literal("step"), id: z.string(), text: z.string(), state: z.enum(itemStates) }),
  z.object({
    kind: z.literal("file"),
    path: z.string(),
    did: z.enum(["read", "changed", "created", "deleted"]),
    /** SHA-256 of the content after it; null when there is none. */
    hash: z.string().nullable(),
  }),
  z.object({
    kind: z.literal("command"),
    command: z.string(),
    exitCode: z.number().nullable(),
    /** SHA-256 of the output. */
    outputHash: z.string(),
    /** Of the tree at that moment: what it proves holds as long as the tree is this. */
    tree: z.string(),
  }),
  z.object({ kind: z.literal("error"), id: z.string(), text: z.string() }),
  z.object({ kind: z.literal("error-resolved"), id: z.string() }),
])
export type LedgerChange = z.infer<typeof ledgerChange>
