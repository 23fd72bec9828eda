import { z } from "zod"
import { unknownKey } from "../access/config.ts"
import { isSettingKey, settings, variableOf } from "../access/settings.ts"
import { InvalidInputError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { ConfigValue, valueText } from "./config-shapes.ts"

export const configGet = defineCommand({
  name: "config.get",
  summary: "Show the value of one setting",
  examples: [{ line: "duck config get search.limit", says: "the value alone, for a script" }],
  input: z.object({ key: z.string().describe("The setting, such as search.limit") }),
  output: ConfigValue,
  positionals: ["key"],
  permission: "read",
  runsIn: "process",
  async run({ key }, context) {
    const entry = isSettingKey(key) ? context.config().entries.find((one) => one.key === key) : undefined
    if (!entry) {
      throw new InvalidInputError({
        code: "UNKNOWN_SETTING",
        message: unknownKey(key),
        hint: "`duck config list` shows all.",
      })
    }
    const { default: initial, description } = settings[entry.key]
    return { ...entry, default: initial, description, variable: variableOf(entry.key) }
  },
  present: ({ value }) => [{ kind: "paragraph", text: valueText(value) }],
})
