import { z } from "zod"
import { UnavailableError } from "../base/errors.ts"
import { newId } from "../base/ids.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { spokenTime } from "./job-shapes.ts"
import { currentAssistant, dryRunArgument, named, sawLog, sessionArgument, speakerOf } from "./session/sessions.ts"

export const sessionShare = defineCommand({
  name: "session.share",
  summary: "Make a link with which anyone may read and watch a conversation",
  description:
    "Read only, this one conversation, until it expires or `duck session unshare` ends it. Secrets are masked, what was " +
    "withheld from models stays so. The link is shown once: only a hash of it is kept. It works as long as the server " +
    "runs and can be reached; a fixed port is `duck config set server.port 4100`.",
  examples: [
    { line: "duck session share 01JC", says: "a link for a week" },
    { line: "duck session share 01JC --hours 2", says: "for the meeting" },
  ],
  input: z.object({
    session: sessionArgument,
    hours: z.number().positive().max(8_760).default(168).describe("How long it holds"),
    dryRun: dryRunArgument,
  }),
  output: z.object({
    id: z.string(),
    title: z.string(),
    /** Names the link, for `duck session unshare --link`; "" with dryRun. */
    share: z.string(),
    /** The whole secret; "" with dryRun. */
    url: z.string(),
    expiresAt: z.string(),
  }),
  positionals: ["session"],
  permission: "write",
  async run({ session, hours, dryRun }, context) {
    const { host, actor } = context
    const assistant = await currentAssistant(host)
    const { id, log, title } = named(assistant, session)
    const expiresAt = new Date(host.clock.now() + hours * 3_600_000).toISOString()
    if (dryRun) return { id, title, share: "", url: "", expiresAt }
    if (!host.server) throw new UnavailableError({ message: "Only a server can show a conversation to others." })
    const { hashOfToken, newShareToken, sharePath } = await import("./session/share-token.ts")
    const token = newShareToken()
    const share = newId(host.clock.now())
    const made = { share, tokenHash: hashOfToken(token), expiresAt, by: actor.id }
    await assistant.change(id, { kind: "share", ...made, speaker: speakerOf(context) }, actor.id)
    host.audit.note({
      actor: actor.id,
      action: "session.shared",
      target: id,
      outcome: "done",
      details: { share, expiresAt },
    })
    sawLog(context, log)
    return { id, title, share, url: `http://127.0.0.1:${host.server.port}${sharePath(token)}`, expiresAt }
  },
  present: ({ title, url, expiresAt, id, share }) => [
    {
      kind: "paragraph",
      text:
        url === ""
          ? `"${literal(title)}" could be read with a link until ${spokenTime(expiresAt)} (UTC).`
          : `Whoever has this link can read "${literal(title)}" until ${spokenTime(expiresAt)} (UTC):`,
    },
    ...(url === ""
      ? []
      : ([
          { kind: "paragraph", text: literal(url) },
          {
            kind: "paragraph",
            text: `It is not shown again. To end it: \`duck session unshare ${id} --link ${share}\``,
            tone: "quiet",
          },
        ] as const)),
  ],
})
