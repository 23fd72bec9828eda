import { z } from "zod"
import { modes } from "../../access/permissions/mode.ts"
import type { Event } from "../../fabric/ports.ts"
import { ledger, ledgerChange } from "../ledger/change.ts"
import { receipts } from "../receipts/receipts.ts"
import { assistantPart, toolContent, userPart } from "./parts.ts"

/**
 * All that can happen to a conversation, in its stream `conv.<id>` of the project's log. What is shown is in here first;
 * tokens that stream by are not: the text of record is `assistant.spoke`.
 */
const id = z.string().min(1).max(100)
const count = z.int().nonnegative()

/** How the turns that a message begins are run, where the person who speaks says more than the conversation does. */
export const turnWishes = z.object({
  /** False: nobody is there to answer, so what would be asked is denied. */
  canAsk: z.boolean().optional(),
  /** Rules of permission, as in settings: "Bash(npm test:*)", "edit". */
  allow: z.array(z.string()).optional(),
  /** What the calls of models are booked under; default "chat". */
  command: z.string().optional(),
  maxSteps: count.optional(),
  maxCostUsd: z.number().nonnegative().optional(),
})
export type TurnWishes = z.infer<typeof turnWishes>

export const turnEnds = ["done", "interrupted", "failed", "limit"] as const

const usage = z.object({
  inputTokens: count,
  cachedInputTokens: count,
  outputTokens: count,
  /** Null: unknown. */
  costUsd: z.number().nullable(),
})

const agentBounds = z.object({
  name: z.string(),
  instructions: z.string(),
  /** Names of the tools it was given; undefined: all of its parent's. */
  tools: z.array(z.string()).optional(),
  mode: z.enum(modes).optional(),
})
export type AgentBounds = z.infer<typeof agentBounds>

/** Someone who may be in control: a user, or only one of their clients, by the name it gives ("cli", "vscode"). */
export const party = z.object({ user: z.string(), client: z.string().optional() })
export type Party = z.infer<typeof party>

const compaction = z.object({
  upTo: id,
  summary: z.string(),
  /** What the user asked in the turn that ran, as far as it left the prompt. */
  asked: z.object({ turn: id, text: z.string() }).optional(),
})

const allowedCall = z.object({ call: id, name: z.string(), arguments: z.string() })

const dataOf = {
  "conversation.started": z.object({
    title: z.string(),
    /** Real path of the project's root. */
    root: z.string(),
    mode: z.enum(modes),
    model: z.string(),
    /** The conversation and the message after which this one branched off. */
    branchOf: z.object({ conversation: id, message: id }).optional(),
    /** The conversation and the tool call that this one works for: a sub-agent. */
    parent: z.object({ conversation: id, call: id }).optional(),
    /** Of a sub-agent: what it is told to be, and its bounds beside those of its parent. */
    agent: agentBounds.optional(),
    /** Its owner: whoever began it. */
    by: z.string().optional(),
  }),
  "conversation.renamed": z.object({ title: z.string() }),
  "conversation.archived": z.object({ isArchived: z.boolean() }),
  /** Its contents leave every view; nothing may follow. */
  "conversation.deleted": z.object({ by: z.string() }),
  /** Who speaks, answers and decides in it from here on; null: whoever may write. */
  "control.passed": z.object({ to: party.nullable(), by: z.string() }),
  /** Whoever holds the token with this SHA-256 (hex) may read along until then. */
  "share.made": z.object({ share: id, tokenHash: z.string(), expiresAt: z.iso.datetime(), by: z.string() }),
  "share.ended": z.object({ share: id, by: z.string() }),
  /**
   * From here on the history is the line of entries that ends with `to`, wherever that stands; `from` is where it ended.
   * The rest is what held at that point.
   */
  "conversation.rewound": z.object({
    to: id,
    from: id,
    by: z.string(),
    ledger,
    compaction: compaction.nullable(),
    allowed: z.array(allowedCall),
    /** Where files were taken back as well: the step of that in the checkpoints, and the checkpoint before it. */
    files: z.object({ step: id, before: id }).optional(),
  }),
  "mode.changed": z.object({ mode: z.enum(modes) }),
  "model.changed": z.object({ model: z.string() }),
  /** A person spoke. `steers`: the turn that was running then hears it before its next step. */
  "user.spoke": z.object({
    message: id,
    parts: z.array(userPart).min(1),
    steers: id.optional(),
    wishes: turnWishes.optional(),
    /** They typed a command line to be run, and ask no model. */
    shell: z.string().min(1).optional(),
  }),
  /** A hook refused it: no model is given it, now or later. */
  "message.withheld": z.object({ message: id, why: z.string() }),
  "turn.started": z.object({ turn: id, message: id, by: z.string() }),
  /** One answer of a model, whole: what it said, thought, and the tools it called. */
  "assistant.spoke": z.object({
    message: id,
    turn: id,
    parts: z.array(assistantPart),
    /** "provider/model" that answered. */
    model: z.string(),
    usage,
    finish: z.enum(["stop", "length", "tool-calls", "refused", "interrupted"]),
  }),
  "permission.asked": z.object({ call: id, question: z.string(), why: z.string() }),
  "permission.answered": z.object({
    call: id,
    isAllowed: z.boolean(),
    /** How long it holds; a rule is kept where it is more than this once. */
    scope: z.enum(["once", "session"]),
    by: z.string(),
    note: z.string().optional(),
    /** The call, where it is that of a sub-agent: what is allowed it for longer is allowed the conversation. */
    of: z.object({ name: z.string(), arguments: z.string() }).optional(),
  }),
  /** Before an effect: from here on it may have happened. */
  "tool.intended": z.object({ call: id, turn: id, name: z.string(), arguments: z.json(), effect: z.string() }),
  /** What came of a call; also of one that was denied, cancelled or never begun. */
  "tool.finished": z.object({
    call: id,
    outcome: z.enum(["done", "failed", "denied", "cancelled", "unknown"]),
    /** What the model is given. */
    content: z.array(toolContent),
    /** For clients: a diff, an exit code, a page of output. */
    details: z.json().optional(),
    tookMs: z.number().nonnegative(),
    /** What was spent on models to do it: by a sub-agent. */
    costUsd: z.number().nonnegative().optional(),
  }),
  /** Files, relative to the root, whose text stands in every prompt from here on: all of them. */
  "context.chosen": z.object({ files: z.array(z.string()) }),
  "ledger.changed": z.object({ changes: z.array(ledgerChange).min(1), call: id.optional() }),
  /** From here on the prompt has `summary` and the ledger in place of all up to and with `upTo`. */
  "context.compacted": compaction.extend({
    strategy: z.string(),
    tokensBefore: count,
    tokensAfter: count,
    kept: z.array(z.string()),
  }),
  /** `uncovered`, before the first effect of a turn: what undo can't bring back. The first paths, and how many there are. */
  "checkpoint.taken": z.object({
    turn: id,
    checkpoint: id,
    when: z.enum(["before", "after"]),
    uncovered: z.object({ count, paths: z.array(z.object({ path: z.string(), why: z.string() })) }).optional(),
  }),
  /** `receipts`: what is proved, where it ended well. */
  "turn.ended": z.object({
    turn: id,
    how: z.enum(turnEnds),
    why: z.string(),
    steps: count,
    receipts: receipts.optional(),
  }),
} as const

type EventTypes = typeof dataOf
export type ConversationEvent = {
  [T in keyof EventTypes]: Event & { readonly type: T; readonly v: 1; readonly data: z.infer<EventTypes[T]> }
}[keyof EventTypes]

const isKnown = (type: string): type is keyof EventTypes => Object.hasOwn(dataOf, type)

/** A stored event as one of ours; undefined for others' (claims and releases stand in the same stream). Throws ZodError. */
export function readConversationEvent(event: Event): ConversationEvent | undefined {
  if (!isKnown(event.type)) return undefined
  // The schema of this very type was asked.
  return { ...event, v: 1, data: dataOf[event.type].parse(event.data) } as ConversationEvent
}
