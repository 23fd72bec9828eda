import { z } from "zod"
import { NotFoundError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument } from "./session/sessions.ts"

export const sessionUnshare = defineCommand({
  name: "session.unshare",
  summary: "End the links with which others may read a conversation",
  description: "Pages that are open end at once. `duck session info` lists the links.",
  examples: [
    { line: "duck session unshare 01JC", says: "all of them" },
    { line: "duck session unshare 01JC --link 01JD", says: "one" },
  ],
  input: z.object({
    session: sessionArgument,
    link: z.string().trim().min(1).max(100).optional().describe("Only this one; its id, or the beginning of it"),
    dryRun: dryRunArgument,
  }),
  output: z.object({ id: z.string(), ended: z.array(z.string()) }),
  positionals: ["session"],
  permission: "write",
  async run({ session, link, dryRun }, context) {
    const { host, actor } = context
    const assistant = await currentAssistant(host)
    const { id, log } = named(assistant, session)
    const all = (await assistant.open(id)).state.shares ?? []
    const meant = all.filter((one) => link === undefined || one.id.startsWith(link.toUpperCase()))
    if (link !== undefined && meant.length === 0) {
      throw new NotFoundError({
        code: "NO_SHARE",
        message: `It has no link ${link}.`,
        hint: `\`duck session info ${id}\` lists them.`,
      })
    }
    for (const { id: share } of dryRun ? [] : meant) {
      await assistant.change(id, { kind: "unshare", share, by: actor.id }, actor.id)
      host.audit.note({ actor: actor.id, action: "session.unshared", target: id, outcome: "done", details: { share } })
    }
    sawLog(context, log)
    return { id, ended: meant.map((one) => one.id) }
  },
  present: ({ ended }) => [
    {
      kind: "paragraph",
      text: ended.length === 0 ? "There is no link to it." : `Ended: ${count(ended.length, "link")}.`,
    },
  ],
})
