import type { Clock } from "../../base/clock.ts"

/** Why a rule's check rests, and until when. */
export interface Resting {
  readonly id: string
  readonly failures: number
  readonly why: string
  readonly untilMs: number
}

/** Breakers by a rule's id and hash: a rule that was changed is tried again at once. */
export interface RuleBreakers {
  /** False while it rests. */
  mayRun(id: string, hash: string): boolean
  /** A run that threw, or took too long. */
  failed(id: string, hash: string, why: string): void
  worked(id: string): void
  /** Those that rest now. */
  resting(): readonly Resting[]
}

const mostFailures = 3
const firstRestMs = 60_000
const longestRestMs = 3_600_000

/** After three failures in a row a rule rests a minute, then twice as long after each further one, at most an hour. */
export function ruleBreakers(clock: Clock): RuleBreakers {
  const states = new Map<string, { hash: string; failures: number; why: string; untilMs: number }>()
  return {
    mayRun(id, hash) {
      const state = states.get(id)
      return state === undefined || state.hash !== hash || clock.now() >= state.untilMs
    },
    failed(id, hash, why) {
      const known = states.get(id)
      const failures = known?.hash === hash ? known.failures + 1 : 1
      const restMs = Math.min(longestRestMs, firstRestMs * 2 ** Math.max(0, failures - mostFailures))
      states.set(id, { hash, failures, why, untilMs: failures < mostFailures ? 0 : clock.now() + restMs })
    },
    worked: (id) => void states.delete(id),
    resting: () =>
      [...states]
        .filter(([, { untilMs }]) => clock.now() < untilMs)
        .map(([id, { failures, why, untilMs }]) => ({ id, failures, why, untilMs })),
  }
}
