import { z } from "zod"
import { settings, variableOf } from "../access/settings.ts"
import { defineCommand } from "./command.ts"
import { ConfigValue, valueText, Warnings, warningBlocks } from "./config-shapes.ts"

export const configList = defineCommand({
  name: "config.list",
  summary: "List all settings, their values, and where each comes from",
  examples: [{ line: "duck config list", says: "every setting that holds in this folder" }],
  input: z.object({}),
  output: z.object({ settings: z.array(ConfigValue), warnings: Warnings }),
  permission: "read",
  runsIn: "process",
  async run(_input, context) {
    const { entries, warnings } = context.config()
    const all = entries.map(({ key, value, source, where }) => {
      const { default: initial, description } = settings[key]
      return { key, value, source, where, default: initial, description, variable: variableOf(key) }
    })
    return { settings: all, warnings: [...warnings] }
  },
  present: (output) => [
    ...warningBlocks(output.warnings),
    {
      kind: "table",
      columns: [{ title: "setting" }, { title: "value" }, { title: "from" }, { title: "" }],
      rows: output.settings.map(({ key, value, source, where, description }) => [
        key,
        valueText(value),
        where === "" ? source : `${source} (${where})`,
        description,
      ]),
    },
  ],
})
