import { z } from "zod"
import { defineCommand } from "./command.ts"

export const configPath = defineCommand({
  name: "config.path",
  summary: "Show which settings files are read, and the folders in use",
  examples: [{ line: "duck config path", says: "where to look and what to edit" }],
  input: z.object({}),
  output: z.object({
    files: z.array(z.object({ source: z.enum(["user", "project", "local"]), path: z.string(), exists: z.boolean() })),
    data: z.string(),
    state: z.string(),
  }),
  permission: "read",
  runsIn: "process",
  async run(_input, { host, folder }) {
    const { data, state } = host.folders
    return { files: [...host.config.paths(folder)], data, state }
  },
  present: ({ files, data, state }) => [
    {
      kind: "table",
      columns: [{ title: "settings of" }, { title: "file" }, { title: "" }],
      rows: files.map(({ source, path, exists }) => [source, path, exists ? "" : "(not there)"]),
    },
    {
      kind: "fields",
      entries: [
        ["data", data],
        ["logs", state],
      ],
    },
  ],
})
