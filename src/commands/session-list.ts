import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { spokenTime } from "./job-shapes.ts"
import { currentAssistant, rowOf, SessionRow } from "./session/sessions.ts"

export const sessionList = defineCommand({
  name: "session.list",
  summary: "List the conversations of this project, the last used first",
  examples: [
    { line: "duck session list", says: "those of this project" },
    { line: "duck session list --all --running", says: "whatever is under way anywhere" },
  ],
  input: z.object({
    all: z.boolean().default(false).describe("Those of all projects"),
    archived: z.boolean().default(false).describe("The archived ones instead"),
    running: z.boolean().default(false).describe("Only those with a turn under way"),
    subAgents: z.boolean().default(false).describe("Those of sub-agents as well"),
    limit: z.int().min(1).max(1_000).default(30).describe("Most conversations"),
  }),
  output: z.object({ sessions: z.array(SessionRow) }),
  shorts: { limit: "n", all: "a" },
  permission: "read",
  async run({ all, archived, running, subAgents, limit }, context) {
    const { rows } = await currentAssistant(context.host)
    const place = all ? {} : { root: (await context.project()).root }
    const found = rows.list({ ...place, archived, subAgents, limit, ...(running ? { running } : {}) })
    return { sessions: found.map(rowOf) }
  },
  present: ({ sessions }) =>
    sessions.length === 0
      ? [{ kind: "paragraph", text: 'There are none. `duck chat` or `duck run "<task>"` begins one.', tone: "quiet" }]
      : [
          {
            kind: "table",
            columns: [
              { title: "id" },
              { title: "title" },
              { title: "messages", align: "right" },
              { title: "cost", align: "right" },
              { title: "last used (UTC)" },
              { title: "" },
            ],
            rows: sessions.map(({ id, title, messages, costUsd, lastAt, isRunning }) => [
              id,
              literal(title),
              String(messages),
              costUsd > 0 ? `$${costUsd.toFixed(2)}` : "",
              spokenTime(lastAt),
              isRunning ? "running" : "",
            ]),
          },
        ],
})
