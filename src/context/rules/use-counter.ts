import type { Clock } from "../../base/clock.ts"
import type { LogId } from "../../fabric/ports.ts"
import type { Logger } from "../../observe/log.ts"
import { counter as metric } from "../../observe/trace.ts"
import type { AppliedRule } from "./applicable.ts"
import type { RuleRecord } from "./record.ts"

/** An event for each prompt would be most of the log. */
const everyMs = 60_000

/** How often rules went into prompts: counted here, and recorded now and then. A process that is killed loses a minute. */
export function useCounter({
  record,
  log,
  clock,
  logger,
}: {
  readonly record: Pick<RuleRecord, "used">
  readonly log: LogId
  readonly clock: Clock
  readonly logger: Logger
}) {
  const uses = new Map<string, { times: number; tokens: number }>()
  const prompts = metric("duck.rules.used")
  let flushedAtMs = clock.now()

  const flush = async () => {
    flushedAtMs = clock.now()
    const taken = [...uses].map(([rule, use]) => ({ rule, ...use }))
    uses.clear()
    if (taken.length === 0) return
    await record.used(log, taken).catch((error) => logger.warn("uses of rules could not be recorded", { error }))
  }
  return {
    count(rules: readonly AppliedRule[]) {
      for (const { id, tokens } of rules) {
        const before = uses.get(id) ?? { times: 0, tokens: 0 }
        uses.set(id, { times: before.times + 1, tokens: before.tokens + tokens })
        prompts.add(1, { "duck.rule": id })
      }
      if (clock.now() - flushedAtMs >= everyMs) void flush()
    },
    flush,
  }
}
