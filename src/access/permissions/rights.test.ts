import fc from "fast-check"
import { expect, test } from "vitest"
import type { ToolRequest } from "./judge.ts"
import { modes } from "./mode.ts"
import { judgeFor, type Limits, narrow, type Rights } from "./rights.ts"
import type { Rule, Subject } from "./rule.ts"

const place = { root: "/project", home: "/home/ada" }

const subject: fc.Arbitrary<Subject> = fc.oneof(
  fc.record({
    kind: fc.constant("command" as const),
    pattern: fc.constantFrom("*", "npm test:*", "git *", "rm:*", "ls"),
  }),
  fc.record({
    kind: fc.constantFrom("read" as const, "write" as const),
    pattern: fc.constantFrom("//**", "src/**", "*.ts", ".env", "~/x/**"),
  }),
  fc.record({ kind: fc.constant("domain" as const), pattern: fc.constantFrom("*", "a.org", "*.b.org") }),
  fc.record({ kind: fc.constant("tool" as const), pattern: fc.constantFrom("run", "edit", "mcp__*", "*") }),
)

const rule: fc.Arbitrary<Rule> = fc.record({
  decision: fc.constantFrom("allow" as const, "ask" as const, "deny" as const),
  subject,
  layer: fc.constantFrom("organisation" as const, "user" as const, "project" as const, "session" as const),
  text: fc.constant("rule"),
  where: fc.constant("here"),
})

const limits: fc.Arbitrary<Limits> = fc.record(
  {
    agent: fc.constantFrom("a", "b"),
    mode: fc.constantFrom(...modes),
    only: fc.array(subject, { maxLength: 4 }),
    deny: fc.array(subject, { maxLength: 2 }),
    ask: fc.array(subject, { maxLength: 2 }),
  },
  { requiredKeys: ["agent"] },
)

const request: fc.Arbitrary<ToolRequest> = fc.oneof(
  fc.record({
    tool: fc.constant("run"),
    effects: fc.constant(["executes"] as const),
    command: fc.constantFrom("npm test", "npm test && rm x", "ls", "git push > log", "$x", "cat .env", "env CI=1 rm y"),
  }),
  fc.record({
    tool: fc.constantFrom("edit", "read"),
    effects: fc.constantFrom(["writes"] as const, ["reads"] as const),
    paths: fc.array(
      fc.record({
        path: fc.constantFrom("src/a.ts", ".env", "/etc/passwd", "/home/ada/x/y"),
        access: fc.constantFrom("read" as const, "write" as const),
      }),
      { maxLength: 3 },
    ),
  }),
  fc.record({
    tool: fc.constantFrom("fetch", "mcp__x__y"),
    effects: fc.constantFrom(["network"] as const, ["network", "writes"] as const),
    domains: fc.array(fc.constantFrom("a.org", "c.b.org", "evil.org"), { maxLength: 2 }),
  }),
)

interface Tree {
  readonly limits: Limits
  readonly children: readonly Tree[]
}
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    limits,
    children: fc.oneof({ maxDepth: 5 }, fc.constant([]), fc.array(tie("tree"), { maxLength: 3 })),
  }),
}))

test("no agent at any depth is allowed what its parent, and so the session, is not", () => {
  const strictness = { allow: 0, ask: 1, deny: 2 }
  fc.assert(
    fc.property(
      fc.array(rule, { maxLength: 8 }),
      fc.constantFrom(...modes),
      tree,
      fc.array(request),
      (rules, mode, root, requests) => {
        const visit = (parent: Rights, { limits, children }: Tree) => {
          const rights = narrow(parent, limits)
          for (const one of requests) {
            const above = judgeFor(one, parent, place).decision
            const here = judgeFor(one, rights, place).decision
            expect(strictness[here]).toBeGreaterThanOrEqual(strictness[above])
          }
          for (const child of children) visit(rights, child)
        }
        visit({ rules, mode, limits: [] }, root)
      },
    ),
    { numRuns: 300 },
  )
})

test("an agent that was given only some things is denied the rest, with its name in the reason", () => {
  const session: Rights = { rules: [], mode: "auto", limits: [] }
  const reviewer = narrow(session, {
    agent: "reviewer",
    only: [
      { kind: "read", pattern: "//**" },
      { kind: "command", pattern: "npm test" },
    ],
  })
  const run = (command: string) => judgeFor({ tool: "run", effects: ["executes"], command }, reviewer, place)
  expect(run("env CI=1 npm test").decision).toBe("allow")
  expect(run("npm test; rm x")).toMatchObject({ decision: "deny", why: expect.stringContaining("reviewer") })
  expect(run("$x").decision).toBe("deny")
  const edit = { tool: "edit", effects: ["writes"], paths: [{ path: "a.ts", access: "write" }] } as const
  expect(judgeFor(edit, reviewer, place).decision).toBe("deny")
})

test("a child's mode is never freer than its parent's", () => {
  const planning: Rights = { rules: [], mode: "plan", limits: [] }
  expect(narrow(planning, { agent: "a", mode: "auto" }).mode).toBe("plan")
})
