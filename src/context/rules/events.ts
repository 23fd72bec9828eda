import { z } from "zod"
import type { Event } from "../../fabric/ports.ts"
import { layers } from "./rule.ts"

const text = z.string().max(4_200)
/** SHA-256 in hex of the text in UTF-8, and so the id of the blob that keeps it. */
const hash = z.string().regex(/^[0-9a-f]{64}$/)
const signed = { by: text, at: z.iso.datetime() }
/** A file of rules; of one that is broken the rule is what it was, or "". */
const file = {
  path: text,
  rule: text,
  title: text,
  layer: z.enum(layers),
  version: text.nullable(),
  hash,
  isOn: z.boolean(),
}

const dataOf = {
  "rule.added": z.object({ ...file, ...signed }),
  "rule.changed": z.object({ ...file, before: hash, ...signed }),
  "rule.switched": z.object({ path: text, rule: text, isOn: z.boolean(), ...signed }),
  "rule.removed": z.object({ path: text, rule: text, before: hash, ...signed }),
  /** Somebody brought a file back to what it was; it holds `hash` since. */
  "rule.rolled-back": z.object({ ...file, before: hash.nullable(), ...signed }),
  /** How often rules were put into prompts, and what that took. */
  "rules.used": z.object({
    uses: z.array(z.object({ rule: text, times: z.int().min(1), tokens: z.int().min(0) })).max(2_000),
    at: z.iso.datetime(),
  }),
} as const

type EventTypes = typeof dataOf
export type RuleEvent = {
  [T in keyof EventTypes]: Event & { readonly type: T; readonly v: 1; readonly data: z.infer<EventTypes[T]> }
}[keyof EventTypes]
type RuleEventOf<T extends RuleEvent["type"]> = Extract<RuleEvent, { type: T }>
/** One file as an event has it. */
export type SeenFile = Omit<RuleEventOf<"rule.added">["data"], "by" | "at">

/** An event of today's version. */
export const ruleEvent = <T extends RuleEvent["type"]>(type: T, data: RuleEventOf<T>["data"]): RuleEventOf<T> =>
  // One member of the union for each type.
  ({ type, v: 1, data }) as RuleEventOf<T>

const isKnown = (type: string): type is keyof EventTypes => Object.hasOwn(dataOf, type)

/** Throws for what is no event of rules: nothing else stands in their streams. */
export function readRuleEvent(event: Event): RuleEvent {
  if (!isKnown(event.type)) throw new Error(`${event.type} is no event of rules.`)
  // The schema of this very type was asked.
  return { ...event, v: 1, data: dataOf[event.type].parse(event.data) } as RuleEvent
}

export const rulesStream = "rules.main"
