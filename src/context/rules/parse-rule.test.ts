import { expect, test } from "vitest"
import { placeOf } from "./places.ts"
import { parsed, ruleIn } from "./rules.testing.ts"

const rest = (path: string, text: string) => {
  const { rule, problems } = parsed(path, text)
  return {
    rule,
    said: problems.map(({ severity, startLine, startColumn, message }) => [severity, startLine, startColumn, message]),
  }
}

test("our own format says all that it says, and folders say the rest", () => {
  const rule = ruleIn(
    "00-global/tests",
    "id: tests-first\ntitle: Tests first\nglobs: ['src/**/*.ts', '!**/*.gen.ts']\ntags: [testing]\npriority: 10\nversion: 1.2.0\n" +
      "requires: base@^1.0\noverrides: [old]\nseverity: hard\ncheck:\n  regex: TODO\nmodel: { class: large }\n" +
      "chunking: { unit: symbol, maxTokens: 400 }\nrollout: 50\nflag: beta\ndecides: { indent: 2 }",
  )
  expect(rule).toMatchObject({
    ...{
      id: "tests-first",
      layer: "project",
      priority: 10,
      version: "1.2.0",
      requires: ["base@^1.0"],
      overrides: ["old"],
    },
    ...{ isHard: true, check: { regex: "TODO", expect: "none" }, model: "large", rollout: 50, flag: "beta" },
    ...{
      chunking: { unit: "symbol", maxTokens: 400 },
      decides: { indent: "2" },
      globs: ["src/**/*.ts", "!**/*.gen.ts"],
    },
  })
  expect(ruleIn("10-languages/ts", "{}")).toMatchObject({ id: "10-languages/ts", languages: ["typescript"] })
  expect(ruleIn("20-frameworks/react/hooks", "{}")).toMatchObject({ frameworks: ["react"], layer: "framework" })
  expect(ruleIn("30-contexts/code-review", "{}")).toMatchObject({ tasks: ["code review"] })
  expect(ruleIn("00-global/heading", "{}", "# How we test\n\nText.")).toMatchObject({ title: "How we test" })
})

test("what is wrong is told with line and column, and a rule with an error is left out", () => {
  const wrong = rest(".ai-rules/a.md", "---\ntitle: A\nseverity: loud\npriority: high\nglosb: x\n---\nText\n")
  expect(wrong.rule).toBeUndefined()
  expect(wrong.said).toEqual([
    ["error", 4, 11, expect.stringMatching(/^`priority`: .*number/)],
    ["error", 3, 11, expect.stringMatching(/^`severity`: /)],
    ["warning", 5, 1, "Nothing reads `glosb`. Did you mean `globs`?"],
  ])
  const yaml = rest(".ai-rules/b.md", "---\ntitle: [a\nid: b\n---\nText\n")
  expect(yaml.rule).toBeUndefined()
  expect(yaml.said[0]).toEqual(["error", expect.any(Number), expect.any(Number), expect.stringContaining("no YAML")])
  expect(rest(".ai-rules/c.md", "---\n- a\n---\n").said[0]?.[3]).toContain("must be fields")
  expect(rest(".ai-rules/d.md", "---\nid: a b\n---\nx").said[0]?.[3]).toContain("takes letters")
  expect(rest(".ai-rules/e.md", "---\ncheck: { regex: '(' }\n---\nx").said[0]?.[3]).toContain("RE2")
  expect(rest(".ai-rules/f.md", "---\ncheck: { regex: a, pattern: b }\n---\nx").said[0]?.[3]).toContain("not both")
  expect(rest(".ai-rules/g.md", "---\nid: open\nText without an end").said).toEqual([
    ["error", 1, 1, "The front matter has no closing `---`."],
  ])
  expect(rest(".ai-rules/h.md", "---\nscope: file\n---\nx").said[0]?.[3]).toContain("file wants `globs`")
  expect(rest(".ai-rules/00-global/l.md", "---\nscope: language\n---\nx").said[0]?.[3]).toContain("wants `languages`")
  expect(rest(".ai-rules/10-languages/go.md", "---\nscope: language\n---\nx").said).toEqual([])
  expect(rest(".ai-rules/i.md", "   \n").said[0]?.[3]).toBe("The file is empty.")
})

test("an alias that grows without bound is an error, not a hang", () => {
  const bomb = `---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c,*c]\n---\nx`
  expect(rest(".ai-rules/bomb.md", bomb).rule).toBeUndefined()
})

test("Cursor's rules hold always, for files, by description or only by name, with globs as Cursor writes them", () => {
  const cursor = (fields: string) => parsed(".cursor/rules/x.mdc", `---\n${fields}\n---\nBody`).rule
  expect(cursor("alwaysApply: true\nglobs: **/*.ts")).toMatchObject({ activation: "always", globs: [] })
  expect(cursor("description:\nglobs: **/*.{ts,tsx}, src/**\nalwaysApply: false")).toMatchObject({
    activation: "always",
    globs: ["**/*.{ts,tsx}", "src/**"],
  })
  expect(cursor("globs:\n  - *.py\n  - lib/**")).toMatchObject({ globs: ["*.py", "lib/**"] })
  expect(cursor("description: How to migrate")).toMatchObject({ activation: "described" })
  expect(cursor("description:\nglobs:\nalwaysApply:")).toMatchObject({ activation: "manual" })
  expect(parsed("web/.cursor/rules/ui/x.mdc", "---\nalwaysApply: true\n---\nB").rule).toMatchObject({ folder: "web" })
})

test("Kiro, Copilot, Claude and Cline say in their own words what files a rule is for", () => {
  const kiro = (fields: string) => parsed(".kiro/steering/x.md", `---\n${fields}\n---\nBody`)
  expect(kiro("inclusion: fileMatch\nfileMatchPattern: '*.sql'").rule).toMatchObject({ globs: ["*.sql"] })
  expect(kiro("inclusion: manual").rule).toMatchObject({ activation: "manual" })
  expect(kiro("inclusion: auto\ndescription: d").rule).toMatchObject({ activation: "described", description: "d" })
  expect(kiro("inclusion: sometimes").problems[0]).toMatchObject({ severity: "error", startLine: 2 })
  expect(kiro("inclusion: fileMatch").problems[0]?.message).toContain("fileMatchPattern")
  const copilot = (fields: string) => parsed(".github/instructions/x.instructions.md", `---\n${fields}\n---\nBody`).rule
  expect(copilot('applyTo: "**/*.ts,**/*.tsx"')).toMatchObject({ globs: ["**/*.ts", "**/*.tsx"], activation: "always" })
  expect(copilot("description: x")).toMatchObject({ activation: "manual" })
  expect(copilot('applyTo: "**"\nexcludeAgent: coding-agent')).toMatchObject({ tasks: ["review"] })
  expect(parsed(".claude/rules/a/x.md", "---\npaths:\n  - src/**\n---\nBody").rule).toMatchObject({ globs: ["src/**"] })
  expect(parsed(".clinerules/x.md", "---\npaths: []\n---\nBody").rule).toMatchObject({ activation: "manual" })
  expect(parsed(".clinerules/x.md", "Body").rule).toMatchObject({ activation: "always", text: "Body" })
})

test("paths of other files are nothing to rules", () => {
  for (const path of [
    "src/a.ts",
    "README.md",
    "docs/agents.md",
    ".github/workflows/x.yml",
    "x/.cursorrules",
    ".cursor/x.mdc",
  ])
    expect(placeOf(path), path).toBeUndefined()
  expect(placeOf("packages/a/AGENTS.md")).toMatchObject({ folder: "packages/a", format: "agents" })
  expect(placeOf(".claude/CLAUDE.md")).toMatchObject({ folder: "" })
  expect(placeOf(".cursorrules")).toMatchObject({ format: "cursor", kind: "whole" })
})
