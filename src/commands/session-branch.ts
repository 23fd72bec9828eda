import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { entryNamed } from "./session/entry-named.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument } from "./session/sessions.ts"

export const sessionBranch = defineCommand({
  name: "session.branch",
  summary: "Go on from any message of a conversation in a new one",
  description:
    "The conversation stays as it is. Any message will do, also one that was taken back. Files are not touched: " +
    "`duck session rewind` and `duck checkpoint restore` take them back.",
  examples: [
    { line: "duck session branch 01JC", says: "from its end" },
    { line: "duck session branch 01JC --at 14", says: "as it was after entry 14" },
  ],
  input: z.object({
    session: sessionArgument,
    at: z.string().optional().describe("The last entry to take: its number (`duck session show`) or id"),
    title: z.string().trim().min(1).max(200).optional().describe("Title of the new one"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    /** The new conversation; "" with dryRun. */
    id: z.string(),
    title: z.string(),
    from: z.string(),
    entry: z.string(),
  }),
  positionals: ["session"],
  permission: "write",
  async run({ session, at, title, dryRun }, context) {
    const { host, actor } = context
    const assistant = await currentAssistant(host)
    const from = named(assistant, session)
    const entry = entryNamed(assistant.rows, from.id, at)
    const called = title ?? `${from.title} (branch)`
    if (dryRun) return { id: "", title: called, from: from.id, entry }
    const { eventsOf, history, storeHistory } = await import("./session/copy.ts")
    const { state } = assistant.rows.snapshot(from.id)
    const copied = history(eventsOf(host.fabric().store, from.log, from.id), entry)
    const id = await assistant.start(
      {
        log: from.log,
        root: from.root,
        title: called,
        mode: state.mode,
        model: state.model,
        branchOf: { conversation: from.id, message: entry },
      },
      actor.id,
    )
    await storeHistory(await assistant.resume(id, actor.id), copied, actor.id)
    sawLog(context, from.log)
    return { id, title: called, from: from.id, entry }
  },
  present: ({ id, title }) => [
    { kind: "paragraph", text: `"${literal(title)}"${id === "" ? " would begin" : ` is \`${id}\``}.` },
  ],
})
