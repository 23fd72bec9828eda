import { join } from "node:path"
import { z } from "zod"
import { changeConfig } from "../../access/config-write.ts"
import { editJsonc, nodeAt, parseJsonc, plainValueOf } from "../../access/jsonc.ts"
import { PermissionSettings, readRules } from "../../access/permissions/rule.ts"
import { rulesIn, ruleText } from "../../access/permissions/rule-file.ts"
import { writeWhole } from "../../access/private-file.ts"
import { InvalidInputError } from "../../base/errors.ts"
import type { CommandContext } from "../context.ts"

export const RuleChange = z.object({
  decision: z.enum(["allow", "ask", "deny"]).describe("What is to be done with such a call"),
  rule: z
    .string()
    .trim()
    .min(1)
    .max(1100)
    .describe("Such as Bash(npm test:*), Edit(src/**), WebFetch(domain:example.com)"),
  scope: z
    .enum(["user", "project"])
    .default("user")
    .describe("user: your own settings; project: .duck/permissions.json, for everyone who trusts it"),
  dryRun: z.boolean().default(false).describe("Show what would change, and change nothing"),
})

type Rules = NonNullable<PermissionSettings["allow"]>

/** Changes one list of rules, in the user's settings or the project's file. Comments outside of the list stay. */
export async function changeRules(
  { decision, rule, scope, dryRun }: z.output<typeof RuleChange>,
  context: Pick<CommandContext, "host" | "project">,
  change: (rules: Rules) => Rules,
) {
  const settings = PermissionSettings.parse({ [decision]: [rule] })
  const { warnings } = readRules({ layer: scope, where: scope, settings })
  if (warnings.length > 0) {
    throw new InvalidInputError({
      message: `${rule} is no rule that is understood.`,
      hint: "Write Bash(command), Read(path), Edit(path), WebFetch(domain:name), or a tool's name.",
    })
  }
  const about = { decision, rule, isDryRun: dryRun }
  if (scope === "user") {
    const path = context.host.config.paths().find(({ source }) => source === "user")?.path
    if (path === undefined) throw new InvalidInputError({ message: "There is no settings file of yours." })
    const { permissions } = context.host.config.load().values
    const before = permissions[decision] ?? []
    const value = change(before)
    const isChanged = value !== before && value.length !== before.length
    if (isChanged) {
      const inside = [decision]
      await changeConfig({ path, source: "user", key: "permissions", inside, value, isDryRun: dryRun })
    }
    return { ...about, path, isChanged }
  }
  const path = join((await context.project()).root, ".duck", "permissions.json")
  const text = ruleText(path) ?? ""
  // A file that is not understood is not written over.
  rulesIn(text, path, "project")
  const node = text.trim() === "" ? undefined : nodeAt(parseJsonc(text), ["permissions", decision])
  const before = PermissionSettings.parse({ [decision]: node ? plainValueOf(node) : [] })[decision] ?? []
  const value = change(before)
  const isChanged = value.length !== before.length
  if (isChanged && !dryRun) writeWhole(path, editJsonc(text, ["permissions", decision], value), 0o644)
  return { ...about, path, isChanged }
}
