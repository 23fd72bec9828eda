import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { expect, onTestFinished, test } from "vitest"
import { configReader } from "../config-reader.ts"
import { judge } from "./judge.ts"
import { type Mode, modes } from "./mode.ts"
import type { Decision, LayerName, Rule } from "./rule.ts"
import { ruleBook } from "./rule-book.ts"
import { sha256Of, trustStore } from "./trust-store.ts"

/** A project, a user and an organisation, each with files. */
function scene(files: Readonly<Record<string, unknown>>) {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "duck-rules-")))
  onTestFinished(() => rmSync(top, { recursive: true, force: true }))
  const write = (path: string, value: unknown) => {
    mkdirSync(dirname(join(top, path)), { recursive: true })
    writeFileSync(join(top, path), typeof value === "string" ? value : JSON.stringify(value))
  }
  mkdirSync(join(top, "project"))
  for (const [path, value] of Object.entries(files)) write(path, value)
  const root = join(top, "project")
  const trust = trustStore(join(top, "data"))
  const folders = { data: join(top, "data"), config: join(top, "config"), state: join(top, "state") }
  const config = configReader({ folders, env: {} })
  const book = () =>
    ruleBook(root, {
      config,
      env: {},
      trust,
      policies: [join(top, "machine.json"), join(top, "named.json")].slice(0, "named.json" in files ? 2 : 1),
    })
  const decide = (command: string, mode: Mode = "ask") =>
    judge({ tool: "run", effects: ["executes"], command }, book().rules, mode, { root, home: top })
  const trustFile = (path: string, text: string) =>
    trust.set({
      folder: root,
      trustedAt: new Date(0).toISOString(),
      files: { [path]: { sha256: sha256Of(text), text } },
    })
  return { top, root, write, book, decide, trustFile, trust }
}

test("rules of organisation, user and project hold together, each told with the line it stands in", () => {
  const { book, decide } = scene({
    "machine.json": '{\n  // ours\n  "permissions": {\n    "deny": ["Bash(curl:*)"]\n  }\n}',
    "config/config.json": { permissions: { allow: ["Bash(npm:*)", "Bash(curl:*)"] } },
    "project/.duck/permissions.json": { permissions: { deny: ["Bash(npm publish:*)"] } },
  })
  expect(book().warnings).toEqual([])
  expect(decide("npm test").decision).toBe("allow")
  expect(decide("npm publish").rule?.layer).toBe("project")
  const curl = decide("curl x")
  expect([curl.decision, curl.rule?.layer]).toEqual(["deny", "organisation"])
  expect(curl.rule?.where).toMatch(/machine\.json:4$/)
})

test("what a project allows waits until the file is trusted, and again when it has changed; what it denies holds at once", () => {
  const text = JSON.stringify({ permissions: { allow: ["Bash(make:*)"], deny: ["Bash(make clean)"] } })
  const { book, decide, trustFile, write } = scene({ "project/.duck/permissions.json": text })
  expect([decide("make").decision, decide("make clean").decision]).toEqual(["ask", "deny"])
  expect(book().waiting.map(({ text: rule }) => rule)).toEqual(["Bash(make:*)"])
  trustFile(".duck/permissions.json", text)
  expect([decide("make").decision, book().waiting.length]).toEqual(["allow", 0])
  write("project/.duck/permissions.json", text.replace("make:*", "rm:*"))
  expect([decide("rm -rf /").decision, decide("make").decision]).toEqual(["ask", "ask"])
})

test("rules of another assistant's project settings are read, whatever else stands there", () => {
  const { book, decide } = scene({
    "project/.claude/settings.json": {
      permissions: { deny: ["Bash(git push:*)"], defaultMode: "acceptEdits", additionalDirectories: ["/"] },
      model: "x",
    },
  })
  expect(book().warnings).toEqual([])
  expect(decide("git push").decision).toBe("deny")
})

test("a policy that is broken, has a rule that is not understood, or is named and not there, denies everything and says why", () => {
  for (const broken of ["{", '{"permissions": {"deny": ["Bsh(rm)"]}}', '{"permissions": {"forbid": []}}', "[]"]) {
    const { book, decide } = scene({ "machine.json": broken })
    expect(decide("ls", "auto").decision, broken).toBe("deny")
    expect(book().warnings.join(), broken).toContain("nothing is allowed")
  }
  const { top, root } = scene({})
  const sources = {
    config: configReader({ folders: { data: top, config: top, state: top }, env: {} }),
    trust: trustStore(top),
  }
  const named = ruleBook(root, { ...sources, env: { DUCK_POLICY: join(top, "missing.json") } })
  expect(named.rules.some(({ decision, layer }) => decision === "deny" && layer === "organisation")).toBe(true)
})

test("a project's file that is not understood is warned of, and takes nothing away", () => {
  const { book, decide } = scene({
    "project/.duck/permissions.json": "{",
    "config/config.json": { permissions: { deny: ["Bash(rm:*)"] } },
  })
  expect(book().warnings.length).toBe(1)
  expect(decide("rm x").decision).toBe("deny")
})

const layers = ["organisation", "user", "project", "session"] as const
const decisions = ["allow", "ask", "deny"] as const
const strict: Record<Decision, number> = { allow: 0, ask: 1, deny: 2 }
const rulesArb = fc.array(
  fc.record({
    layer: fc.constantFrom<LayerName>(...layers),
    decision: fc.constantFrom<Decision>(...decisions),
    hits: fc.boolean(),
  }),
  { maxLength: 6 },
)
const ruleOf = ({ layer, decision, hits }: { layer: LayerName; decision: Decision; hits: boolean }): Rule => ({
  decision,
  layer,
  subject: { kind: "command", pattern: hits ? "tool *" : "other *" },
  text: "x",
  where: layer,
})
const place = { root: "/p", home: "/h" }
const ask = (rules: readonly Rule[], mode: Mode) =>
  judge({ tool: "run", effects: ["executes"], command: "tool x" }, rules, mode, place)

/** What the decisions say should come of it, told another way than `judge` does it. */
function expected(rules: readonly Rule[], mode: Mode): Decision {
  if (mode === "plan") return "deny"
  const about = rules.filter(({ subject }) => subject.pattern === "tool *")
  const says = (decision: Decision, ...of: LayerName[]) =>
    about.some((rule) => rule.decision === decision && of.includes(rule.layer))
  if (says("deny", ...layers)) return "deny"
  if (says("ask", "organisation", "session")) return "ask"
  if (says("allow", "session")) return "allow"
  if (says("ask", "user", "project")) return "ask"
  return says("allow", ...layers) || mode === "auto" ? "allow" : "ask"
}

test("of any rules of any layers, in any order, the strictest counts; only the session's yes settles what user and project ask", () => {
  fc.assert(
    fc.property(rulesArb, fc.constantFrom(...modes), (some, mode) => {
      const rules = some.map(ruleOf)
      const { decision } = ask(rules, mode)
      expect(decision).toBe(expected(rules, mode))
      expect(ask([...rules].reverse(), mode).decision).toBe(decision)
    }),
    { numRuns: 500 },
  )
})

test("nothing that user, project or session say loosens what the organisation says, and none of them loosens by forbidding", () => {
  fc.assert(
    fc.property(rulesArb, rulesArb, fc.constantFrom(...modes), (some, more, mode) => {
      const organisation = some.map((rule) => ruleOf({ ...rule, layer: "organisation" }))
      const others = more.map((rule) => ruleOf(rule.layer === "organisation" ? { ...rule, layer: "user" } : rule))
      const said = organisation.filter(({ subject, decision }) => subject.pattern === "tool *" && decision !== "allow")
      const least = Math.max(0, ...said.map(({ decision }) => strict[decision]))
      const all = [...organisation, ...others]
      expect(strict[ask(all, mode).decision]).toBeGreaterThanOrEqual(least)
      for (const decision of ["ask", "deny"] as const)
        for (const layer of layers) {
          const stricter = ask([...all, ruleOf({ layer, decision, hits: true })], mode).decision
          // The session's own ask is the strictest that it can say.
          expect(strict[stricter]).toBeGreaterThanOrEqual(strict[ask(all, mode).decision])
        }
    }),
    { numRuns: 300 },
  )
})
