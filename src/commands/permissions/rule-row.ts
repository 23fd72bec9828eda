import { z } from "zod"
import type { Rule } from "../../access/permissions/rule.ts"
import { type RuleBook, ruleBook } from "../../access/permissions/rule-book.ts"
import { trustStore } from "../../access/permissions/trust-store.ts"
import type { CommandContext } from "../context.ts"

export const RuleRow = z.object({
  decision: z.enum(["allow", "ask", "deny"]),
  /** As it is written. */
  rule: z.string(),
  layer: z.enum(["organisation", "user", "project", "session"]),
  /** `path:line`, or another place to look at. */
  where: z.string(),
})
export type RuleRow = z.infer<typeof RuleRow>

export const ruleRow = ({ decision, text, layer, where }: Rule): RuleRow => ({ decision, rule: text, layer, where })

/** The rules that hold in a project, as the gate reads them. */
export const bookOf = ({ host }: Pick<CommandContext, "host">, root: string): RuleBook =>
  ruleBook(root, { config: host.config, env: host.env, trust: trustStore(host.folders.data) })
