import { z } from "zod"
import { spokenParty } from "../assistant/conversation/control.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { spokenTime } from "./job-shapes.ts"
import { spokenTokens } from "./llm/spoken.ts"
import { currentAssistant, ModeName, named, rowOf, SessionRow, sessionArgument } from "./session/sessions.ts"

const Item = z.object({ id: z.string(), text: z.string() })

export const sessionInfo = defineCommand({
  name: "session.info",
  summary: "Show what a conversation is, what it cost, and its ledger",
  description:
    "The ledger is what it must not forget: goal, constraints, decisions, plan, files and commands. It stays word for " +
    "word however long the conversation becomes.",
  examples: [{ line: "duck session info 01JC", says: "mode, model, cost, ledger" }],
  input: z.object({ session: sessionArgument }),
  output: z.object({
    session: SessionRow,
    mode: ModeName,
    model: z.string(),
    branchOf: z.object({ conversation: z.string(), message: z.string() }).nullable(),
    /** Whoever began it; null where that was not stored. */
    owner: z.string().nullable(),
    /** Who alone speaks in it; null: whoever may write. */
    control: z.object({ user: z.string(), client: z.string().optional() }).nullable(),
    /** Links with which others may read along. */
    shares: z.array(z.object({ id: z.string(), by: z.string(), expiresAt: z.string() })),
    usage: z.object({
      inputTokens: z.int(),
      cachedInputTokens: z.int(),
      outputTokens: z.int(),
      costUsd: z.number(),
    }),
    /** Entries that are in the prompt as they are; the others are in its summary. */
    entriesInPrompt: z.int(),
    isCompacted: z.boolean(),
    /** Calls that wait for an answer. */
    asked: z.array(z.object({ call: z.string(), name: z.string(), arguments: z.string() })),
    ledger: z.object({
      goal: z.string(),
      constraints: z.array(Item),
      decisions: z.array(Item),
      steps: z.array(Item.extend({ state: z.string() })),
      files: z.record(z.string(), z.object({ did: z.string(), hash: z.string().nullable() })),
      commands: z.array(z.object({ command: z.string(), exitCode: z.number().nullable() })),
      errors: z.array(Item),
      /** As the model is given it. */
      text: z.string(),
    }),
  }),
  positionals: ["session"],
  permission: "read",
  async run({ session }, { host }) {
    const assistant = await currentAssistant(host)
    const row = named(assistant, session)
    const { ledgerText } = await import("../assistant/ledger/text.ts")
    const { state, window } = assistant.rows.snapshot(row.id)
    const { mode, model, branchOf = null, usage, ledger, compaction, openCalls } = state
    const { owner = null, control = null, shares = [] } = state
    return {
      session: rowOf(row),
      mode,
      model,
      branchOf,
      owner,
      control,
      shares: shares.map(({ id, by, expiresAt }) => ({ id, by, expiresAt })),
      usage,
      entriesInPrompt: window.length,
      isCompacted: compaction !== null,
      asked: openCalls
        .filter(({ state: is }) => is === "asked")
        .map(({ id, name, arguments: args }) => ({ call: id, name, arguments: args })),
      ledger: {
        ...ledger,
        constraints: [...ledger.constraints],
        decisions: [...ledger.decisions],
        steps: [...ledger.steps],
        commands: [...ledger.commands],
        errors: [...ledger.errors],
        text: ledgerText(ledger),
      },
    }
  },
  present: ({ session, mode, model, control, shares, usage, entriesInPrompt, isCompacted, asked, ledger }) => [
    { kind: "heading", text: literal(session.title) },
    {
      kind: "fields",
      entries: [
        ["id", session.id],
        ["project", literal(session.root)],
        ["mode", mode],
        ["model", model === "" ? "the default" : literal(model)],
        [
          "messages",
          `${session.messages}, ${entriesInPrompt} entries in the prompt${isCompacted ? " after a summary" : ""}`,
        ],
        [
          "tokens",
          `${spokenTokens(usage.inputTokens)} in (${spokenTokens(usage.cachedInputTokens)} from a cache), ${spokenTokens(usage.outputTokens)} out`,
        ],
        ["cost", `$${usage.costUsd.toFixed(4)}`],
        ...(control ? [["in control", literal(spokenParty(control))] as const] : []),
        ...shares.map(({ id, expiresAt }) => ["link", `${id} until ${spokenTime(expiresAt)} (UTC)`] as const),
      ],
    },
    ...asked.map(
      ({ name, arguments: args }): Block => ({
        kind: "paragraph",
        text: literal(`It asks: ${name} ${args}`),
        tone: "warning",
      }),
    ),
    ...(ledger.text === ""
      ? []
      : ([
          { kind: "heading", text: "Ledger", level: 2 },
          { kind: "paragraph", text: literal(ledger.text) },
        ] as const)),
  ],
})
