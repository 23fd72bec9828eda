import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { estimateTokens } from "../../base/tokens.ts"
import { casesOf, faultsOfPrompt, fillingOf, messagesText, type PromptCase, textOfMessage } from "./cases.ts"
import { modelFamilies } from "./family.ts"
import { fullName, openLibrary } from "./library.ts"
import { render } from "./render.ts"
import type { Node } from "./syntax.ts"

const { entries } = openLibrary({ config: join(tmpdir(), "duck-no-such-folder"), isTrusted: () => false })
const builtIn = entries.map((entry) => ({ name: fullName(entry), entry, cases: casesOf(entry, entries) }))

/** Names that the template's conditions ask about, without those of the items of lists. */
const conditionsOf = (nodes: readonly Node[]): string[] =>
  nodes.flatMap((node) => {
    if (node.kind === "each") return conditionsOf(node.body)
    if (node.kind !== "if") return []
    const [first = ""] = node.path
    return [...(first === "this" ? [] : [first]), ...conditionsOf(node.body), ...conditionsOf(node.otherwise)]
  })

describe.each(builtIn)("$name", ({ entry, cases }) => {
  const { sections } = entry.template()

  test("what is the same for every task stands first: words and rules of the system, then context, then the task", () => {
    const [system, ...others] = sections
    expect(system?.role).toBe("system")
    expect(others.map(({ role }) => role)).toEqual(["user"])
    expect(system?.nodes.filter(({ kind }) => kind !== "text")).toMatchObject([{ kind: "block", name: "rules" }])
    expect(system?.nodes.at(-1)).toMatchObject({ kind: "block", name: "rules" })
    const blocks = others.flatMap(({ nodes }) => nodes.filter(({ kind }) => kind === "block"))
    if (blocks.length > 0) expect(others[0]?.nodes[0]).toMatchObject({ kind: "block", name: "context" })
    expect(blocks.length).toBeLessThan(2)
  })

  test("its cases have each condition hold and not hold", () => {
    for (const condition of new Set(sections.flatMap(({ nodes }) => conditionsOf(nodes)))) {
      const held = cases.map(({ variables }) => holds(variables[condition]))
      expect({ condition, held: [...new Set(held)].sort() }).toEqual({ condition, held: [false, true] })
    }
  })

  test.each(modelFamilies)("it is as its cases expect, for models of the family %s", (family) => {
    expect(cases.length).toBeGreaterThanOrEqual(2)
    for (const one of cases) {
      for (const hasSystem of [true, false]) {
        const messages = render(entry.template(), fillingOf(one), { family, hasSystem })
        const text = messagesText(messages)
        expect(faultsOfPrompt(messages, estimateTokens(text), one), one.name).toEqual([])
        expect(leftIn(text, one), one.name).toEqual([])
      }
    }
  })

  test("rules come before the context, and the context before the task", () => {
    const full = cases.find(({ rules }) => rules.length > 0)
    expect(full).toBeDefined()
    if (!full) return
    const messages = render(entry.template(), fillingOf(full))
    const order = messages.map(({ section }) => section)
    expect(order).toEqual(["system", "rules", ...(full.context.length > 0 ? ["files"] : []), "task"])
    expect(messages.findLastIndex(({ cache }) => cache !== undefined)).toBe(1)
    expect(textOfMessage(messages[1] ?? { role: "user", parts: [] })).toContain(full.rules[0]?.text)
  })
})

const holds = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value))

/** Marks of a template that no value of the case brought, and what values become that have no text. */
function leftIn(text: string, { variables, context, rules }: PromptCase): string[] {
  const brought = JSON.stringify([variables, context, rules])
  const marks = text.match(/\{\{[^{}]*\}\}|\bundefined\b|\[object \w+\]|^@(?:system|user)$/gm) ?? []
  return marks.filter((mark) => !brought.includes(mark))
}
