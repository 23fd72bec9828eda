import { z } from "zod"
import { requireControl } from "../assistant/conversation/control.ts"
import { DuckError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { spokenTokens } from "./llm/spoken.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"

const keptTokens = 4_000
const summaryTokens = 2_000

export const sessionCompact = defineCommand({
  name: "session.compact",
  summary: "Put a summary and the ledger in the place of a prompt's older part",
  description:
    "Nothing is lost: the originals stay in the conversation, for you and for the assistant's tool `recall`.",
  examples: [
    { line: "duck session compact 01JC", says: "summarised by the model" },
    { line: "duck session compact 01JC --strategy truncation", says: "without a model" },
  ],
  input: z.object({
    session: sessionArgument,
    strategy: z
      .enum(["semantic", "window", "truncation", "sampling"])
      .default("semantic")
      .describe("How the older part is told: by the model, or by rule"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    id: z.string(),
    /** False: there was nothing to leave out. */
    isCompacted: z.boolean(),
    tokensBefore: z.int(),
    tokensAfter: z.int(),
    droppedEntries: z.int(),
    pinned: z.array(z.string()),
  }),
  positionals: ["session"],
  permission: "write",
  async run({ session, strategy: name, dryRun }, context) {
    const { host, actor, signal } = context
    const assistant = await currentAssistant(host)
    const { id, log, root } = named(assistant, session)
    if (assistant.ended(id) !== null) {
      throw new DuckError({
        code: "TURN_RUNNING",
        message: "A turn is running in it.",
        hint: "It compacts by itself when it must; or wait for its end.",
        status: 409,
      })
    }
    const conversation = await assistant.resume(id, actor.id)
    requireControl(conversation.state, speakerOf(context))
    const nothing = { id, isCompacted: false, tokensBefore: 0, tokensAfter: 0, droppedEntries: 0, pinned: [] }
    if (dryRun) return nothing
    const [{ compact }, { semantic }, { sampling, slidingWindow, truncation }] = await Promise.all([
      import("../assistant/compaction/compact.ts"),
      import("../assistant/compaction/semantic.ts"),
      import("../assistant/compaction/strategies.ts"),
    ])
    const strategies = {
      semantic: () =>
        semantic({
          model: host.models.call,
          name: conversation.state.model,
          attribution: { user: actor.id, project: root, session: id, command: "session.compact" },
        }),
      window: () => slidingWindow,
      truncation: () => truncation,
      sampling: () => sampling,
    }
    const strategy = strategies[name]()
    const options = { conversation, actor: actor.id, strategy, strategyName: name, keepTokens: keptTokens }
    const report = await compact({ ...options, summaryTokens, signal })
    sawLog(context, log)
    if (!report) return nothing
    const { tokensBefore, tokensAfter, droppedEntries, pinned } = report
    return { id, isCompacted: true, tokensBefore, tokensAfter, droppedEntries, pinned: [...pinned] }
  },
  present: ({ isCompacted, tokensBefore, tokensAfter, droppedEntries, pinned }) =>
    isCompacted
      ? [
          {
            kind: "paragraph",
            text: `${droppedEntries} entries are a summary now: ${spokenTokens(tokensBefore)} tokens became ${spokenTokens(tokensAfter)}. Kept word for word: ${pinned.length}.`,
          },
        ]
      : [{ kind: "paragraph", text: "There is nothing to leave out.", tone: "quiet" }],
})
