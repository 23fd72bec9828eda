import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
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
    const found = rows.search(words, { ...place, limit })
    return { found: found.map(({ conversation, ...one }) => ({ session: rowOf(conversation), ...one })) }
  },
  present: ({ found }) =>
    found.length === 0
      ? [{ kind: "paragraph", text: "Nothing was found.", tone: "quiet" }]
      : found.flatMap(({ session: { id, title }, excerpt }) => [
          { kind: "paragraph", text: `**${literal(title)}** \`${id}\`\n${marked(excerpt)}` } as const,
        ]),
  exitCode: ({ found }) => (found.length > 0 ? 0 : 1),
})

/** What was found stands out. */
const marked = (excerpt: string) => literal(excerpt.replaceAll(/\s+/g, " ")).replaceAll("«", "**").replaceAll("»", "**")
