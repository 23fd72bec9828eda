import { z } from "zod"
import type { Rule, RulesRead } from "./rule.ts"
import { rulesIn, ruleText } from "./rule-file.ts"

/** Where an organisation's rules stand on a machine, for whoever uses it. */
const machinePolicy = "/etc/rubberduck/policy.json"

/**
 * The machine's policy, and the one that the server's environment names, as a container's does. Both hold: naming another
 * file does not put the machine's out of force.
 */
export const policyPaths = (env: NodeJS.ProcessEnv): readonly string[] => [
  machinePolicy,
  ...(env.DUCK_POLICY ? [env.DUCK_POLICY] : []),
]

/**
 * The organisation's rules. Where they can't be read or are not all understood, nobody knows what is forbidden: then
 * everything is, and it says why. A named file that is not there is one that can't be read.
 */
export function organisationRules(env: NodeJS.ProcessEnv, paths: readonly string[] = policyPaths(env)): RulesRead {
  const read = paths.map((path, at) => policyAt(path, at > 0))
  return { rules: read.flatMap(({ rules }) => rules), warnings: read.flatMap(({ warnings }) => warnings) }
}

function policyAt(path: string, isNamed: boolean): RulesRead {
  try {
    const text = ruleText(path)
    if (text === undefined) return isNamed ? closed(path, "it is not there") : { rules: [], warnings: [] }
    const read = rulesIn(text, path, "organisation")
    return read.warnings.length > 0 ? closed(path, read.warnings.join(" ")) : read
  } catch (error) {
    return closed(path, whyOf(error))
  }
}

function closed(path: string, why: string): RulesRead {
  const text = "everything is denied while the policy can't be read"
  const rule: Rule = {
    decision: "deny",
    subject: { kind: "tool", pattern: "*" },
    layer: "organisation",
    text,
    where: path,
  }
  return {
    rules: [rule],
    warnings: [`${path}: the organisation's policy is not understood, so nothing is allowed: ${why}`],
  }
}

const whyOf = (error: unknown): string => {
  if (error instanceof z.ZodError) return z.prettifyError(error)
  return error instanceof Error ? error.message : String(error)
}
