import { z } from "zod"
import { undecided } from "../assistant/conversation/undecided.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { EntryShape, entryBlocks, entryOf } from "./session/entry.ts"
import { maskerFor } from "./session/masker.ts"
import { currentAssistant, named, rowOf, SessionRow, sessionArgument } from "./session/sessions.ts"
import { entryShownTo } from "./session/shown.ts"

export const sessionShow = defineCommand({
  name: "session.show",
  summary: "Show what was said and done in a conversation, a page at a time",
  description: "The last page first. A conversation of any length opens as quickly as a short one.",
  examples: [
    { line: "duck session show 01JC", says: "its end" },
    { line: "duck session show 01JC --before 120", says: "the page before entry 120" },
  ],
  input: z.object({
    session: sessionArgument,
    before: z.int().min(1).optional().describe("Only entries before this number"),
    rewound: z.boolean().default(false).describe("Also what was taken back"),
    limit: z.int().min(1).max(500).default(20).describe("Most entries"),
  }),
  output: z.object({
    session: SessionRow,
    entries: z.array(EntryShape),
    /** What to ask for to see the page before; null at the beginning. */
    before: z.int().nullable(),
  }),
  positionals: ["session"],
  shorts: { limit: "n" },
  permission: "read",
  async run({ session, before, limit, rewound }, { host, actor }) {
    const assistant = await currentAssistant(host)
    const row = named(assistant, session)
    const page = assistant.rows.page(row.id, { limit, rewound, ...(before === undefined ? {} : { before }) })
    const isAllTheirs = page.entries.every(({ by }) => by === actor.id)
    const mask = isAllTheirs ? (text: string) => text : (await maskerFor(row.root, host)).mask
    const state = assistant.rows.state(row.id)
    const open = state ? undecided(state) : new Set<string>()
    const entries = page.entries
      .filter(({ id, by }) => by === actor.id || !open.has(id))
      .map((entry) => entryOf(entryShownTo(entry, actor.id, mask)))
    return { session: rowOf(row), entries, before: page.before }
  },
  present: ({ session, entries, before }) => [
    { kind: "heading", text: literal(session.title) },
    ...(before === null
      ? []
      : [
          {
            kind: "paragraph",
            text: `Before this: \`duck session show ${session.id} --before ${before}\``,
            tone: "quiet",
          } as const,
        ]),
    ...entries.flatMap(entryBlocks),
  ],
})
