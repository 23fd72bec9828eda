import { z } from "zod"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { spokenTime } from "./job-shapes.ts"
import { proposalsOf } from "./proposal/store.ts"

export const proposalsList = defineCommand({
  name: "proposals.list",
  summary: "List changes that were proposed and what became of them",
  examples: [
    { line: "duck proposals list", says: "those that nobody has decided on" },
    { line: "duck proposals list --all", says: "also those that were applied or discarded" },
  ],
  input: z.object({ all: z.boolean().default(false).describe("Also those that are decided") }),
  output: z.object({
    proposals: z.array(
      z.object({
        id: z.string(),
        engine: z.string(),
        title: z.string(),
        state: z.enum(["open", "applied", "partly applied", "discarded"]),
        files: z.array(z.string()),
        by: z.string(),
        at: z.string(),
      }),
    ),
  }),
  permission: "read",
  async run({ all }, context) {
    const proposals = await proposalsOf(context)
    const shown = proposals.list().filter(({ state }) => all || state === "open")
    return {
      proposals: shown.map(({ id, engine, title, state, files, by, at }) => ({
        ...{ id, engine, title, state, by, at },
        files: files.map(({ path }) => path),
      })),
    }
  },
  present: ({ proposals }) =>
    proposals.length === 0
      ? [{ kind: "paragraph", text: "No change waits for a decision." }]
      : [
          {
            kind: "table",
            columns: [
              { title: "id" },
              { title: "by" },
              { title: "what" },
              { title: "files" },
              { title: "" },
              { title: "" },
            ],
            rows: proposals.map(({ id, engine, title, files, state, at }) => [
              id.slice(-6).toLowerCase(),
              engine,
              literal(title),
              literal(files.length > 2 ? `${files[0]} and ${files.length - 1} more` : files.join(", ")),
              state,
              spokenTime(at),
            ]),
          },
        ],
})
