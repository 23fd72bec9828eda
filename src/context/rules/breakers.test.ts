import fc from "fast-check"
import { expect, test } from "vitest"
import { type ManualClock, manualClock } from "../../base/clock.ts"
import { silentLogger } from "../../observe/log.ts"
import { readFrontMatter } from "../front-matter.ts"
import { ruleBreakers } from "./breakers.ts"
import { compileRules } from "./compile.ts"
import { ruleCritic } from "./critic.ts"
import type { Rule } from "./rule.ts"
import { ruleIn } from "./rules.testing.ts"

/** Files through the critic of some rules; gives the rules that were broken. */
function criticOf(rules: readonly Rule[], clock: ManualClock) {
  const breakers = ruleBreakers(clock)
  const { rules: compiled } = compileRules(rules, { flags: {}, disabled: [], behind: new Map() })
  const critic = ruleCritic({ rulesFor: () => compiled, breakers, clock, logger: silentLogger })
  const look = async (path: string, text: string, signal = new AbortController().signal) => {
    const found: string[] = []
    for await (const { rule } of critic({ path, text }, signal)) found.push(rule)
    return found
  }
  return { breakers, look }
}

test("a check that throws is left out after three times, tried again after its rest, and the others go on", async () => {
  const clock = manualClock()
  const good = ruleIn("good", "check: { regex: bad }")
  // A pattern without a node is only found out when it is used.
  const broken = { ...ruleIn("broken", "check: { pattern: x }"), check: { pattern: " ", expect: "none" as const } }
  const { breakers, look } = criticOf([broken, good], clock)
  for (let n = 0; n < 5; n++) expect(await look("a.ts", "bad")).toEqual(["rules/good"])
  expect(breakers.resting()).toMatchObject([{ id: "broken", failures: 3 }])
  clock.advance(60_000)
  expect(breakers.resting()).toEqual([])
  await look("a.ts", "bad")
  expect(breakers.resting()).toMatchObject([{ failures: 4, untilMs: clock.now() + 120_000 }])
})

test("a check that takes too long counts as failed, and a rule that was changed is tried at once", () => {
  const clock = manualClock()
  const breakers = ruleBreakers(clock)
  for (let n = 0; n < 3; n++) breakers.failed("slow", "one", "It took 2000 ms.")
  expect(breakers.mayRun("slow", "one")).toBe(false)
  expect(breakers.mayRun("slow", "two")).toBe(true)
  breakers.worked("slow")
  expect(breakers.mayRun("slow", "one")).toBe(true)
})

test("a critic stops when the signal fires", async () => {
  const stopped = AbortSignal.abort(new Error("enough"))
  await expect(
    criticOf([ruleIn("a", "check: { regex: a }")], manualClock()).look("a.ts", "a", stopped),
  ).rejects.toThrow("enough")
})

test("a hostile expression is matched in linear time", async () => {
  const { look } = criticOf([ruleIn("a", "check: { regex: '(a+)+$' }")], manualClock())
  expect(await look("a.txt", `${"a".repeat(50_000)}!`)).toEqual([])
})

test("no front matter, whatever its bytes, throws or puts a place outside of the file", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom("globs: **/*.ts", "- *.js", "a: [", "---", "x: &a 1", "y: *a", "? z", "'"),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (lines, isLoose) => {
      const text = `---\n${lines.join("\n")}\n---\nbody`
      const { problems } = readFrontMatter(text, { isLoose })
      for (const { line, column } of problems) {
        expect(line).toBeGreaterThan(0)
        expect(line).toBeLessThanOrEqual(text.split("\n").length)
        expect(column).toBeGreaterThan(0)
      }
    }),
  )
})
