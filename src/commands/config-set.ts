import { z } from "zod"
import { changeConfig } from "../access/config-write.ts"
import { typedValue } from "../access/settings.ts"
import { InvalidInputError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"

export const configSet = defineCommand({
  name: "config.set",
  summary: "Set a setting, or take it out of a settings file",
  description: "Comments and layout of the file stay as they are.",
  examples: [
    { line: "duck config set search.limit 20", says: "for you, everywhere" },
    { line: "duck config set search.limit 20 --scope project", says: "for everyone who works on this project" },
    { line: "duck config set search.limit --unset", says: "back to what held before" },
  ],
  input: z.object({
    key: z.string().describe("The setting, such as search.limit"),
    value: z.string().optional().describe("The new value; JSON where it is more than a word or a number"),
    scope: z
      .enum(["user", "project", "local"])
      .default("user")
      .describe("user: your own settings; project: .duck/config.json; local: .duck/config.local.json, not for others"),
    unset: z.boolean().default(false).describe("Take the setting out of the file"),
    dryRun: z.boolean().default(false).describe("Show what would change, and change nothing"),
  }),
  output: z.object({
    key: z.string(),
    path: z.string(),
    isChanged: z.boolean(),
    isDryRun: z.boolean(),
    before: z.string(),
    after: z.string(),
    /** What holds now, when another layer wins over the file. */
    overriddenBy: z.string().optional(),
  }),
  positionals: ["key", "value"],
  permission: "write",
  runsIn: "process",
  audited: ({ key }) => ({ key }),
  async run({ key, value, scope, unset, dryRun }, context) {
    if (unset === (value !== undefined)) {
      throw new InvalidInputError({
        message: unset ? "A value and --unset don't go together." : "Give a value, or --unset to take it out.",
      })
    }
    const path = context.host.config.paths(context.folder).find(({ source }) => source === scope)?.path
    if (path === undefined) throw new InvalidInputError({ message: `There is no ${scope} settings file here.` })
    const wanted = value === undefined ? undefined : typedValue(value)
    const change = await changeConfig({ path, source: scope, key, value: wanted, isDryRun: dryRun })
    const holds = context.config().entries.find((entry) => entry.key === key)
    const isOverridden = !dryRun && value !== undefined && holds !== undefined && holds.source !== scope
    return {
      key,
      path,
      isChanged: change.before !== change.after,
      isDryRun: dryRun,
      before: change.before,
      after: change.after,
      ...(isOverridden ? { overriddenBy: `${holds.source} ${holds.where}`.trim() } : {}),
    }
  },
  present: ({ key, path, isChanged, isDryRun, after, overriddenBy }) => [
    {
      kind: "paragraph",
      text: isChanged ? `${isDryRun ? "Would write" : "Wrote"} \`${key}\` to ${path}.` : `${path} says so already.`,
    },
    ...(isDryRun && isChanged
      ? [
          {
            kind: "quote",
            path,
            startLine: 1,
            endLine: after.split("\n").length,
            text: after,
            language: "json",
          } as const,
        ]
      : []),
    ...(overriddenBy
      ? [{ kind: "paragraph", text: `What holds is another value, from ${overriddenBy}.`, tone: "warning" } as const]
      : []),
  ],
})
