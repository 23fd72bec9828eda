import type { ConfigReader } from "../config-reader.ts"
import { organisationRules } from "./organisation.ts"
import { projectRules } from "./project-rules.ts"
import { type Rule, readRules } from "./rule.ts"
import type { TrustStore } from "./trust-store.ts"

/** The rules that hold in a project, and what does not hold though it is written. */
export interface RuleBook {
  /** Of organisation, user and project. */
  readonly rules: readonly Rule[]
  /** What the project would allow, until it is trusted. */
  readonly waiting: readonly Rule[]
  readonly warnings: readonly string[]
}

export interface RuleSources {
  readonly config: Pick<ConfigReader, "load">
  readonly env: NodeJS.ProcessEnv
  readonly trust: Pick<TrustStore, "holds">
  /** Files of the organisation, in place of those that the environment says. */
  readonly policies?: readonly string[]
}

/** Read for each call: a rule that is changed holds from the next one on. */
export function ruleBook(root: string, { config, env, trust, policies }: RuleSources): RuleBook {
  const organisation = organisationRules(env, policies)
  const user = userRules(config)
  const project = projectRules(root, trust)
  return {
    rules: [...organisation.rules, ...user.rules, ...project.rules],
    waiting: project.waiting,
    warnings: [...organisation.warnings, ...user.warnings, ...project.warnings],
  }
}

function userRules(config: Pick<ConfigReader, "load">) {
  const { values, entries } = config.load()
  const where = entries.find(({ key }) => key === "permissions")?.where || "your settings"
  return readRules({ layer: "user", where, settings: values.permissions })
}
