import { z } from "zod"
import { undecided } from "../assistant/conversation/undecided.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { maskerFor } from "./session/masker.ts"
import { currentAssistant, rowOf, SessionRow } from "./session/sessions.ts"

export const sessionSearch = defineCommand({
  name: "session.search",
  summary: "Find what was said in conversations",
  examples: [
    { line: "duck session search retry budget", says: "messages with both words, in this project" },
    { line: "duck session search --all login", says: "in all projects" },
  ],
  input: z.object({
    words: z.string().trim().min(1).max(1_000).describe("Words that all stand in the message"),
    all: z.boolean().default(false).describe("In all projects"),
    limit: z.int().min(1).max(200).default(20).describe("Most messages"),
  }),
  output: z.object({
    found: z.array(z.object({ session: SessionRow, entry: z.string(), excerpt: z.string() })),
  }),
  positionals: ["words"],
  takesRest: true,
  shorts: { limit: "n", all: "a" },
  permission: "read",
  async run({ words, all, limit }, context) {
    const { rows } = await currentAssistant(context.host)
    const place = all ? {} : { root: (await context.project()).root }
    const { id: reader } = context.actor
    // What others said: not what was withheld, nor what still may be.
    const found = rows.search(words, { ...place, limit }).filter((one) => {
      if (one.by === reader) return true
      const state = one.isWithheld ? undefined : rows.state(one.conversation.id)
      return state !== undefined && !undecided(state).has(one.entry)
    })
    return {
      found: await Promise.all(
        found.map(async ({ conversation, entry, excerpt, by }) => ({
          session: rowOf(conversation),
          entry,
          excerpt:
            by === reader ? excerpt : maskedExcerpt(excerpt, (await maskerFor(conversation.root, context.host)).mask),
        })),
      ),
    }
  },
  present: ({ found }) =>
    found.length === 0
      ? [{ kind: "paragraph", text: "Nothing was found.", tone: "quiet" }]
      : found.flatMap(({ session: { id, title }, excerpt }) => [
          { kind: "paragraph", text: `**${literal(title)}** \`${id}\`\n${marked(excerpt)}` } as const,
        ]),
  exitCode: ({ found }) => (found.length > 0 ? 0 : 1),
})

/** A secret may be what was found: then its marks go with it. */
function maskedExcerpt(excerpt: string, mask: (text: string) => string): string {
  const plain = excerpt.replaceAll(/[«»]/g, "")
  return mask(plain) === plain ? excerpt : mask(plain)
}

/** What was found stands out. */
const marked = (excerpt: string) => literal(excerpt.replaceAll(/\s+/g, " ")).replaceAll("«", "**").replaceAll("»", "**")
