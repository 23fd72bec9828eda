import type { SecurityRule } from "../security/rule.ts"
import { crypto } from "./crypto.ts"
import { data } from "./data.ts"
import { injection } from "./injection.ts"
import { regex } from "./regex.ts"
import { web } from "./web.ts"

/** What is looked for in code, as data. */
export const securityRules: readonly SecurityRule[] = [...injection, ...web, ...data, ...crypto, ...regex]
