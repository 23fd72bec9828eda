import { z } from "zod"
import { version as ownVersion } from "../base/version.ts"
import { defineCommand } from "./command.ts"

export const version = defineCommand({
  name: "version",
  summary: "Show the version",
  examples: [{ line: "duck version", says: "the version of RubberDuck and of Node" }],
  input: z.object({}),
  output: z.object({ version: z.string(), node: z.string(), platform: z.string() }),
  permission: "read",
  runsIn: "client",
  async run() {
    return { version: ownVersion, node: process.version, platform: `${process.platform}-${process.arch}` }
  },
  present: (output) => [
    { kind: "paragraph", text: `rubberduck ${output.version} (Node ${output.node}, ${output.platform})` },
  ],
})
