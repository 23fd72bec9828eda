import { z } from "zod"
import { defineCommand } from "./command.ts"
import { maskerFor } from "./session/masker.ts"
import { currentAssistant, named, sessionArgument } from "./session/sessions.ts"

export const sessionExport = defineCommand({
  name: "session.export",
  summary: "Write a conversation out as JSON or Markdown",
  description:
    "JSON has everything and gives the same conversation again; Markdown is for reading. What others said in it comes " +
    "without secrets.",
  examples: [
    { line: "duck session export 01JC > talk.json", says: "all of it" },
    { line: "duck session export 01JC --as markdown > talk.md", says: "to read" },
  ],
  input: z.object({
    session: sessionArgument,
    as: z.enum(["json", "markdown"]).default("json").describe("In which form"),
  }),
  output: z.object({ id: z.string(), as: z.enum(["json", "markdown"]), text: z.string() }),
  positionals: ["session"],
  permission: "read",
  async run({ session, as }, { host, signal, actor }) {
    const assistant = await currentAssistant(host)
    const { id, log, title, root } = named(assistant, session)
    const { store, blobs } = host.fabric()
    const [{ eventsShownTo, signedEvents }, { streamOfConversation }] = await Promise.all([
      import("./session/exported.ts"),
      import("../assistant/conversation/live.ts"),
    ])
    const signed = signedEvents(store.stream(log, streamOfConversation(id)))
    const isAllTheirs = signed.every(({ by }) => by === actor.id)
    const mask = isAllTheirs ? (text: string) => text : (await maskerFor(root, host)).mask
    const events = eventsShownTo(signed, actor.id, mask)
    if (as === "markdown") {
      const { markdownOf } = await import("./session/markdown-file.ts")
      return { id, as, text: markdownOf(title, events) }
    }
    const { blobsIn, sessionFile } = await import("./session/file.ts")
    const pictures: Record<string, string> = {}
    for (const blob of blobsIn(events)) {
      signal.throwIfAborted()
      const chunks: Uint8Array[] = []
      for await (const chunk of blobs.get(blob)) chunks.push(chunk)
      pictures[blob] = Buffer.concat(chunks).toString("base64")
    }
    const { model } = assistant.rows.snapshot(id).state
    return { id, as, text: sessionFile({ id, title, root, model }, events, pictures) }
  },
  print: ({ text }) => text,
})
