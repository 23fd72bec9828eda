import { z } from "zod"
import type { ConversationEvent } from "../assistant/conversation/events.ts"
import { InvalidInputError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { currentAssistant, dryRunArgument, logOfProject, sawLog } from "./session/sessions.ts"

export const sessionImport = defineCommand({
  name: "session.import",
  summary: "Take in a conversation that was exported, as a new one of this project",
  description: "What was allowed in it is not allowed here.",
  examples: [{ line: "duck session import < talk.json", says: "as it was, under a new id" }],
  input: z.object({
    text: z.string().min(1).describe("The exported file's text; what is piped in"),
    title: z.string().trim().min(1).max(200).optional().describe("Another title"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    /** "" with dryRun. */
    id: z.string(),
    title: z.string(),
    messages: z.int(),
  }),
  stdin: "text",
  permission: "write",
  async run({ text, title: wanted, dryRun }, context) {
    const { host, actor } = context
    const [{ history, storeHistory }, { blobsIn }] = await Promise.all([
      import("./session/copy.ts"),
      import("./session/file.ts"),
    ])
    const { title: own, model, events, pictures } = await fileIn(text)
    const copied = history(events)
    const title = wanted ?? own
    const messages = copied.filter(({ type }) => type === "user.spoke" || type === "assistant.spoke").length
    if (dryRun) return { id: "", title, messages }
    const assistant = await currentAssistant(host)
    const { id: projectId, root } = await context.project()
    for (const blob of blobsIn(copied)) await keep(host.fabric().blobs, blob, pictures[blob])
    const log = logOfProject(projectId)
    const id = await assistant.start({ log, root, title, mode: "ask", model }, actor.id)
    await storeHistory(await assistant.resume(id, actor.id), copied, actor.id)
    sawLog(context, log)
    return { id, title, messages }
  },
  present: ({ id, title, messages }) => [
    {
      kind: "paragraph",
      text: `"${literal(title)}", ${messages} messages${id === "" ? ", would be taken in" : `: \`${id}\``}.`,
    },
  ],
})

interface FileIn {
  readonly title: string
  readonly model: string
  readonly events: readonly ConversationEvent[]
  readonly pictures: Readonly<Record<string, string>>
}

async function fileIn(text: string): Promise<FileIn> {
  if (!text.trimStart().startsWith("{")) {
    const { eventsOfMarkdown } = await import("./session/markdown-file.ts")
    return { ...eventsOfMarkdown(text), model: "", pictures: {} }
  }
  const { readSessionFile } = await import("./session/file.ts")
  const { file, events } = readSessionFile(text)
  return { title: file.session.title, model: file.session.model, events, pictures: file.blobs }
}

async function keep(
  blobs: { put(bytes: AsyncIterable<Uint8Array>): Promise<string> },
  blob: string,
  base64: string | undefined,
): Promise<void> {
  const bytes = base64 === undefined ? undefined : Buffer.from(base64, "base64")
  const stored = bytes && (await blobs.put(once(bytes)))
  if (stored !== blob)
    throw new InvalidInputError({ message: `The picture ${blob} is not in the file, or is another.` })
}

async function* once(bytes: Uint8Array) {
  yield bytes
}
