import fc from "fast-check"
import { expect, test } from "vitest"
import { applicable } from "./applicable.ts"
import { byPrecedence, compileRules } from "./compile.ts"
import { conflictsAmong, surelyMeet } from "./conflicts.ts"
import { globSet } from "./globs.ts"
import { isRolledOut } from "./rollout.ts"
import type { Rule } from "./rule.ts"
import type { RuleQuery } from "./rule-query.ts"
import { parsed, ruleIn } from "./rules.testing.ts"

const compiled = (rules: readonly Rule[], more: Partial<Parameters<typeof compileRules>[1]> = {}) =>
  compileRules(rules, { flags: {}, disabled: [], behind: new Map(), ...more })

function asked(rules: readonly Rule[], query: Partial<RuleQuery> = {}, more: Parameters<typeof compiled>[1] = {}) {
  const found = applicable(
    compiled(rules, more).rules,
    { user: "ada", ...query },
    { project: { name: "shop", root: "/p" }, frameworks: new Set(["react"]) },
  )
  return {
    ...found,
    ids: found.rules.map(({ id }) => id),
    why: Object.fromEntries(found.left.map((one) => [one.id, one.reason])),
  }
}
const at = (layer: Rule["layer"], id: string, more: Partial<Rule> = {}): Rule => ({
  ...ruleIn("00-global/x", "{}"),
  ...{ id, layer, path: `${layer}/${id}.md`, text: `${layer} ${id}` },
  ...more,
})

test("user goes before project, framework, dependency and default; the nearer folder before the further", () => {
  const layers = ["user", "default", "project", "dependency", "framework"] as const
  const { rules, why } = asked(layers.map((layer) => at(layer, "same")))
  expect(rules.map(({ source }) => source.layer)).toEqual(["user"])
  expect(why.same).toContain("goes before it (")
  const nested = [at("project", "b", { folder: "a/b" }), at("project", "a", { folder: "a" }), at("project", "root")]
  expect(asked(nested, { path: "a/b/c.ts" }).ids).toEqual(["root", "a", "b"])
  expect(asked(nested, { path: "a/c.ts" })).toMatchObject({
    ids: ["root", "a"],
    why: { b: "It is for files under a/b/." },
  })
})

test("conditions of file, language, framework, task and tags must all be met, and each is named", () => {
  const rules = [
    ruleIn("glob", "globs: 'src/**/*.{ts,tsx}'"),
    ruleIn("10-languages/python", "{}"),
    ruleIn("20-frameworks/react", "{}"),
    ruleIn("20-frameworks/phoenix", "{}"),
    ruleIn("30-contexts/review", "{}"),
    ruleIn("tagged", "tags: [security]"),
  ]
  const found = asked(rules, { path: "src/ui/a.tsx", task: "Review what changed" })
  expect(found.ids.toSorted()).toEqual(["20-frameworks/react", "30-contexts/review", "glob", "tagged"])
  expect(found.why).toEqual({
    "10-languages/python": "It is for python.",
    "20-frameworks/phoenix": "The project does not use phoenix.",
  })
  expect(asked(rules, { path: "a.py" }).rules.find(({ id }) => id === "10-languages/python")?.reason).toBe(
    "for the language python",
  )
  expect(asked(rules, { tags: ["security"] }).ids).toEqual(["tagged"])
  expect(asked(rules).why.glob).toBe("It is for files that fit src/**/*.{ts,tsx}.")
})

test("described rules hold when the task speaks of what they describe, manual ones when they are named", () => {
  const described = parsed(".cursor/rules/m.mdc", "---\ndescription: Database migrations with Prisma\n---\nBody").rule
  const manual = parsed(".cursor/rules/n.mdc", "---\n---\nOther").rule
  const rules = [described, manual].filter((rule) => rule !== undefined)
  expect(asked(rules, { task: "write a prisma migration" }).ids).toEqual([".cursor/rules/m.mdc"])
  expect(asked(rules)).toMatchObject({ ids: [], offered: [{ id: ".cursor/rules/m.mdc" }] })
  expect(asked(rules, { named: [".cursor/rules/n.mdc"] }).ids).toEqual([".cursor/rules/n.mdc"])
})

test("what a rule requires comes with it; what it overrides or extends is left, through others too", () => {
  const rules = [
    ruleIn("base", "globs: '*.sql'\nversion: 1.4.0", "Base."),
    ruleIn("more", "requires: base@^1.2", "More."),
    ruleIn("a", "{}", "A."),
    ruleIn("b", "overrides: a", "B."),
    ruleIn("c", "overrides: b", "C."),
    ruleIn("d", "globs: '*.ts'\nseverity: hard\ncheck: { regex: x }", "D."),
    ruleIn("e", "extends: d", "E."),
  ]
  const found = asked(rules, { path: "x.ts" })
  expect(found.ids).toEqual(["base", "c", "e", "more"])
  expect(found.rules.find(({ id }) => id === "e")).toMatchObject({ text: "D.\n\nE.", isHard: true })
  expect(found.rules.find(({ id }) => id === "base")?.reason).toBe("required by more")
  expect(found.why).toMatchObject({ a: "c overrides it.", b: "c overrides it.", d: "It is part of e." })
  expect(asked(rules, { path: "x.py" }).ids).toEqual(["base", "c", "more"])
})

test("cycles are refused by naming them, and missing or outdated needs too; the rest still holds", () => {
  const rules = [
    ruleIn("a", "requires: b"),
    ruleIn("b", "requires: c"),
    ruleIn("c", "requires: a"),
    ruleIn("needs-a", "requires: a"),
    ruleIn("old", "requires: good@^2.0.0"),
    ruleIn("none", "extends: nowhere"),
    ruleIn("good", "version: 1.0.0"),
  ]
  const { problems } = compiled(rules)
  const said = [...new Set(problems.map(({ message }) => message))]
  expect(said).toEqual([
    "`requires` goes round in a circle: a → b → c → a.",
    "It extends nowhere, which is not there.",
    "It requires good ^2.0.0; there is 1.0.0.",
  ])
  const found = asked(rules)
  expect(found.ids).toEqual(["good"])
  expect(found.why["needs-a"]).toBe("It needs a, which does not hold.")
})

test("a rule of a dependency can't override one of the project", () => {
  const rules = [at("dependency", "dep", { overrides: ["own"] }), at("project", "own")]
  expect(asked(rules).ids).toEqual(["dep", "own"])
  expect(compiled(rules).problems[0]?.message).toBe(
    "It can't override own: a rule of the project goes before one of the dependency.",
  )
})

test("hard rules and what has most to do with the question are kept within a budget, in the same order", () => {
  const long = "word ".repeat(100)
  const rules = [
    ruleIn("always", "{}", `1 ${long}`),
    ruleIn("hard", "severity: hard\ncheck: { regex: x }", `2 ${long}`),
    ruleIn("near", "globs: src/a.ts", `3 ${long}`),
  ]
  const all = asked(rules, { path: "src/a.ts" })
  const two = asked(rules, { path: "src/a.ts", budgetTokens: Math.ceil(all.tokens * 0.7) })
  expect(two.ids).toEqual(["hard", "near"])
  expect(two.tokens).toBeLessThanOrEqual(Math.ceil(all.tokens * 0.7))
  expect(two.why.always).toMatch(/^It has \d+ tokens, and \d+ of \d+ are left\.$/)
})

test("variables are filled in, and what is none of ours stays as it is written", () => {
  const rule = ruleIn(
    "t",
    "{}",
    "In {{project.name}} the file {{file.name}} in {{ file.folder }} is {{language}}: {{ vue }}.",
  )
  expect(asked([rule], { path: "src/a.ts" }).rules[0]?.text).toBe(
    "In shop the file a.ts in src is typescript: {{ vue }}.",
  )
  expect(asked([rule]).rules[0]?.text).toBe("In shop the file the file in its folder is the language: {{ vue }}.")
  expect(parsed(".ai-rules/x.md", "---\ntitle: x\n---\n{{file.nmae}}").problems[0]?.message).toContain("{{file.nmae}}")
})

test("switches, flags and roll-outs decide for whom a rule holds", () => {
  const rules = [
    ruleIn("off", "enabled: false"),
    ruleIn("beta", "flag: beta"),
    ruleIn("mine", "{}"),
    ruleIn("half", "rollout: 50"),
  ]
  expect(asked(rules, {}, { disabled: ["mine"] }).why).toMatchObject({
    off: "It is switched off in its file.",
    beta: "Its feature flag beta is off (rules.flags).",
    mine: "It is switched off in your settings (rules.disabled).",
  })
  expect(asked(rules, {}, { flags: { beta: true } }).ids).toContain("beta")
  const users = Array.from({ length: 400 }, (_, n) => `user${n}`)
  const holding = users.filter((user) => asked(rules, { user }).ids.includes("half"))
  expect(holding.length).toBeGreaterThan(140)
  expect(holding.length).toBeLessThan(260)
})

test("whoever has a rule keeps it as the roll-out goes on", () => {
  fc.assert(
    fc.property(
      fc.string(),
      fc.string(),
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 0, max: 100 }),
      (user, rule, a, b) => {
        const is = (percent: number) => isRolledOut(percent, { user, project: "/p", rule })
        expect(is(Math.min(a, b)) && !is(Math.max(a, b))).toBe(false)
      },
    ),
  )
})

test("conflicts are found where rules meet: one id twice, different decisions, opposite checks", () => {
  const rules = [
    ruleIn("a", "id: one"),
    { ...ruleIn("b", "id: one"), path: ".ai-rules/other.md" },
    ruleIn("tabs", "decides: { indent: tabs }"),
    ruleIn("spaces", "decides: { indent: spaces }\nglobs: '*.py'"),
    ruleIn("never", "severity: hard\ncheck: { regex: console }"),
    ruleIn("ever", "severity: hard\ncheck: { regex: console, expect: some }"),
  ]
  const found = conflictsAmong(compiled(rules).rules, surelyMeet)
  expect(found.map(({ kind }) => kind).toSorted()).toEqual(["checks", "decides", "same-id"])
  expect(
    asked(rules, { path: "a.py" })
      .conflicts.map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(["checks", "decides"])
  expect(asked(rules, { path: "a.ts" }).conflicts.map(({ kind }) => kind)).toEqual(["checks"])
})

test("the class of model and the chunking of the rule that goes first are asked for", () => {
  const rules = [ruleIn("a", "model: { class: small }\nchunking: { unit: file }"), at("user", "u", { model: "large" })]
  expect(asked(rules)).toMatchObject({ model: { class: "large", by: "u" }, chunking: { unit: "file", by: "a" } })
})

test("the order is the same whatever order the files were read in", () => {
  const rules = ["default", "dependency", "framework", "project", "user"].flatMap((layer) =>
    [0, 5].flatMap((priority) =>
      ["", "a", "a/b"].map((folder) =>
        at(layer as Rule["layer"], `${layer}${priority}${folder}`, { priority, folder }),
      ),
    ),
  )
  fc.assert(
    fc.property(fc.shuffledSubarray(rules, { minLength: rules.length }), (shuffled) => {
      expect(shuffled.toSorted(byPrecedence)).toEqual(rules.toSorted(byPrecedence))
    }),
  )
})

test.each([
  ["*.ts", "a/b.ts", true],
  ["*.ts", "b.ts", true],
  ["src/**/*.{ts,tsx}", "src/x.tsx", true],
  ["src", "src/a/b.js", true],
  ["src/", "lib/a.js", false],
  ["./src/*.js", "src/a.js", true],
  ["**", ".env", true],
  ["src/[ab].ts", "src/c.ts", false],
])("the glob %s and the path %s", (glob, path, fits) => {
  expect(globSet([glob]).match(path) !== undefined).toBe(fits)
})
