import type { SecurityRule } from "../security/rule.ts"
import { commands } from "./commands.ts"
import { crypto } from "./crypto.ts"
import { data } from "./data.ts"
import { output } from "./output.ts"
import { queries } from "./queries.ts"
import { regex } from "./regex.ts"
import { web } from "./web.ts"

/** What is looked for in code, as data. */
export const securityRules: readonly SecurityRule[] = [
  ...queries,
  ...commands,
  ...output,
  ...web,
  ...data,
  ...crypto,
  ...regex,
]
