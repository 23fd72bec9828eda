import fc from "fast-check"
import { expect, test } from "vitest"
import { modes } from "../../access/permissions/mode.ts"
import type { Rule } from "../../access/permissions/rule.ts"
import { never } from "../../models/scripted.testing.ts"
import type { AgentBounds } from "../conversation/events.ts"
import { type ConversationState, initialState } from "../conversation/state.ts"
import { gateOf } from "../gate.ts"
import type { Touch } from "../tools/tool.ts"
import { toolbox } from "../tools/toolbox.ts"
import { type Line, limitsOf, toolsOf } from "./line.ts"

interface Agent {
  readonly state: ConversationState
  readonly children: readonly Agent[]
}

const names = [...toolbox.keys()]
const mode = fc.constantFrom(...modes)
const bounds: fc.Arbitrary<AgentBounds> = fc.record(
  {
    name: fc.constantFrom("a", "b"),
    instructions: fc.constant(""),
    tools: fc.subarray(names),
    mode,
  },
  { requiredKeys: ["name", "instructions"] },
)
/** What a person may have allowed an agent's conversation: it counts for nothing there. */
const allowed = fc.subarray([
  { call: "1", name: "run", arguments: '{"command":"npm test"}' },
  { call: "2", name: "write", arguments: '{"path":"src/a.ts","content":""}' },
  { call: "3", name: "delete", arguments: '{"path":"/etc/passwd"}' },
])
const { tree } = fc.letrec<{ tree: Agent }>((tie) => ({
  tree: fc.record({
    state: fc
      .record({ agent: bounds, mode, allowed, allow: fc.subarray(["Bash", "edit", "write"]) })
      .map(({ allow, ...rest }): ConversationState => ({ ...initialState, ...rest, root: "/r", wishes: { allow } })),
    children: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant([]),
      fc.array(tie("tree"), { maxLength: 3 }),
    ),
  }),
}))
const rule: fc.Arbitrary<Rule> = fc.record({
  decision: fc.constantFrom("allow", "ask", "deny"),
  subject: fc.constantFrom(
    { kind: "command", pattern: "npm *" } as const,
    { kind: "write", pattern: "src/**" } as const,
    { kind: "read", pattern: "//**" } as const,
    { kind: "tool", pattern: "*" } as const,
  ),
  layer: fc.constantFrom("organisation", "user", "project"),
  text: fc.constant("rule"),
  where: fc.constant("settings"),
})
const touches: fc.Arbitrary<readonly Touch[]> = fc.constantFrom<readonly Touch[]>(
  [],
  [{ kind: "path", path: "src/a.ts", isWrite: true }],
  [{ kind: "path", path: "/etc/passwd", isWrite: true }],
  [{ kind: "path", path: "README.md", isWrite: false }],
  [{ kind: "command", command: "npm test", cwd: "." }],
  [{ kind: "command", command: "npm test && rm -rf /", cwd: "." }],
  [{ kind: "command", command: "case $x in a) ls;; esac", cwd: "." }],
  [{ kind: "url", url: "https://example.com/a" }],
)

const strictness = { allow: 0, ask: 1, deny: 2 } as const

test("no agent of any tree is ever allowed more than whoever it works for", async () => {
  await fc.assert(
    fc.asyncProperty(
      tree,
      fc.array(rule, { maxLength: 4 }),
      fc.constantFrom(...names),
      touches,
      async (root, rules, name, touched) => {
        const tool = toolbox.get(name)
        if (!tool) throw new Error(name)
        const judged = async (line: Line<Agent>) => {
          const gate = gateOf({
            state: () => line[0].state,
            rules: () => rules,
            tools: toolbox,
            limits: () => limitsOf(line),
            place: { root: "/r", home: "/h" },
            actor: "ada",
            audit: { note: () => {} },
          })
          const { decision } = await gate({ id: "call", tool, input: {}, touches: touched }, never())
          return strictness[decision]
        }
        const below = async (line: Line<Agent>, parent: number) => {
          const mine = await judged(line)
          expect(mine).toBeGreaterThanOrEqual(parent)
          const [first, ...rest] = line
          const given = toolsOf(toolbox, line)
          for (const child of (line.at(-1) ?? first).children) {
            const longer: Line<Agent> = [first, ...rest, child]
            for (const tool of toolsOf(toolbox, longer).keys()) expect(given.has(tool)).toBe(true)
            await below(longer, mine)
          }
        }
        await below([root], 0)
      },
    ),
    { numRuns: 300 },
  )
})
