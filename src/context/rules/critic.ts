import type { Clock } from "../../base/clock.ts"
import { asDuckError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { Critic } from "../../code/finding.ts"
import type { Logger } from "../../observe/log.ts"
import type { RuleBreakers } from "./breakers.ts"
import { type CheckedFile, checkOf, type RuleCheck } from "./check.ts"
import type { CompiledRule } from "./compile.ts"

/** A check that takes longer on one file counts as failed: it would hold up everybody's edits. */
const slowMs = 1_000

/**
 * Holds a file against the checks of rules that hold for it: hard rules find errors, which block, soft ones warnings. A
 * check that throws or is slow is left out after a few times, and tried again later.
 */
export function ruleCritic({
  rulesFor,
  breakers,
  clock,
  logger,
}: {
  /** Those that hold for a path. */
  readonly rulesFor: (path: string) => readonly CompiledRule[]
  readonly breakers: RuleBreakers
  readonly clock: Clock
  readonly logger: Logger
}): Critic<CheckedFile> {
  const checks = new WeakMap<CompiledRule, RuleCheck>()
  return async function* criticise(file, signal) {
    for (const compiled of rulesFor(file.path)) {
      const { rule } = compiled
      if (!rule.check || !breakers.mayRun(rule.id, rule.hash)) continue
      throwIfAborted(signal)
      const startedMs = clock.now()
      try {
        const check = checks.get(compiled) ?? checkOf(rule, rule.check)
        checks.set(compiled, check)
        const findings = await check(file)
        const tookMs = clock.now() - startedMs
        if (tookMs > slowMs) breakers.failed(rule.id, rule.hash, `It took ${tookMs} ms on ${file.path}.`)
        else breakers.worked(rule.id)
        yield* findings
      } catch (error) {
        const { message } = asDuckError(error)
        breakers.failed(rule.id, rule.hash, message)
        logger.warn("a rule's check failed", { rule: rule.id, path: file.path, error })
      }
    }
  }
}
