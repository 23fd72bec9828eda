import { expect, test } from "vitest"
import { manualClock, systemClock } from "../../base/clock.ts"
import type { LanguageServer } from "../../code/language-servers/language-servers.ts"
import { indexOf, shop } from "../../code/project.testing.ts"
import { edited } from "../../code/refactorings/refactoring.ts"
import { ModelError } from "../../models/errors.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { bareTools } from "../pipeline/pipeline.testing.ts"
import { type CompleteOptions, type CompleteTools, complete } from "./complete.ts"
import { completerOf } from "./completer.ts"

const never = new AbortController().signal

async function shopWith(answers: readonly (string | Error)[], more: Partial<CompleteTools> = {}) {
  const index = await indexOf(treeWith(shop))
  const bare = bareTools(answers, { index })
  const tools: CompleteTools = {
    ...{ index, completer: completerOf(index), clock: systemClock, server: undefined },
    engine: answers.length > 0 ? async () => bare.tools : undefined,
    ...more,
  }
  const ask = (marked: string, options: Partial<CompleteOptions> = {}) => {
    const offset = marked.indexOf("¦")
    const asker = { client: "", user: "ada", debounceMs: 0, patienceMs: 10_000, signal: never }
    const defaults = { ...asker, most: 3, model: "", open: [] }
    return complete({ path: "src/till.ts", text: marked.replace("¦", ""), offset }, { ...defaults, ...options }, tools)
  }
  return { ...bare, ask, tools }
}

const marked = 'import { grossPrice } from "./price.ts"\n\nexport const total = gross¦\n'

test("without a model names of the project are suggested, and it is said that no model was asked", async () => {
  const { ask } = await shopWith([])
  const { suggestions, madeBy, isLearned, problem } = await ask(marked)
  expect(suggestions[0]).toMatchObject({ text: "grossPrice", kind: "name" })
  expect({ madeBy, isLearned, problem }).toEqual({ madeBy: "index", isLearned: true, problem: null })
})

test("a model fills the gap: its words come first, streamed, and the index's after them", async () => {
  const { ask, said, asked } = await shopWith(["<insert>Price(100, country)</insert>"])
  const { suggestions, madeBy, model, inputTokens } = await ask(marked, { most: 2 })
  expect(suggestions.map(({ kind, text }) => [kind, text])).toEqual([
    ["fill", "Price(100, country)"],
    ["name", "grossPrice"],
  ])
  expect({ madeBy, model, inputTokens }).toEqual({ madeBy: "model", model: "p/m", inputTokens: 20 })
  expect(said.join("")).toBe("Price(100, country)")
  // Both asked at once; the second is to differ.
  expect(asked.map(({ temperature }) => temperature)).toEqual([0.1, 0.7])
})

test("the model is told of what is used around the cursor, and gets the gap for those that fill gaps", async () => {
  const { ask, asked, words } = await shopWith(["x"])
  await ask(marked, { most: 1 })
  expect(words()[0]?.join("")).toContain("grossPrice(net: number, country: string): number")
  expect(asked[0]?.fill?.before).toContain("// src/price.ts: ")
  expect(asked[0]?.fill?.before.endsWith("export const total = gross")).toBe(true)
  expect(asked[0]?.fill?.behind).toBe("\n")
})

test("the model is told of what open files define, what is nearest to their cursors first", async () => {
  const { ask, words } = await shopWith(["x"])
  const text = "export const total = ¦\n"
  await ask(text, { most: 1 })
  await ask(text, {
    ...{ most: 1, user: "bob" },
    open: [{ path: "src/gone.ts" }, { path: "src/price.ts", line: 4 }, { path: "src/till.ts" }],
  })
  const [without = "", withOpen = ""] = words().map((prompt) => prompt.join(""))
  expect(without).not.toContain("grossPrice")
  expect(withOpen).toContain("grossPrice(net: number, country: string): number")
})

test("whoever types what was suggested keeps the rest of it, and nobody is asked again", async () => {
  const { ask, asked } = await shopWith(["Price(100)", "something else"])
  await ask(marked, { most: 1, client: "e" })
  const typed = await ask(marked.replace("¦", "Pri¦"), { most: 1, client: "e" })
  expect(typed).toMatchObject({ isRemembered: true, suggestions: [{ text: "ce(100)" }] })
  expect(asked).toHaveLength(1)
  const someone = await ask(marked.replace("¦", "Pri¦"), { most: 1, client: "e", user: "bob" })
  expect(someone.isRemembered).toBe(false)
  const other = await ask(marked.replace("¦", "Pro¦"), { most: 1, client: "e" })
  expect(other).toMatchObject({ isRemembered: false, suggestions: [{ text: "something else" }] })
})

test("an editor that asks again has given up what it asked before; another one has not", async () => {
  const clock = manualClock()
  const { ask, asked } = await shopWith(["one"], { clock })
  const first = ask(marked, { client: "a", debounceMs: 50 })
  const other = ask(marked, { client: "b", debounceMs: 50, most: 1 })
  await expect.poll(() => clock.sleepers()).toBe(2)
  const second = ask(marked, { client: "a", debounceMs: 50, most: 1 })
  await expect(first).rejects.toMatchObject({ code: "CANCELLED" })
  await expect.poll(() => clock.sleepers()).toBe(2)
  clock.advance(50)
  expect((await second).suggestions[0]?.text).toBe("one")
  expect((await other).suggestions[0]?.text).toBe("one")
  expect(asked).toHaveLength(2)
})

test("a model that fails leaves the index's suggestions, and the reason", async () => {
  const { ask } = await shopWith([new ModelError({ fault: "MODEL_UNREACHABLE", message: "Nobody is there." })])
  const { suggestions, madeBy, problem } = await ask(marked)
  expect(suggestions[0]?.text).toBe("grossPrice")
  expect({ madeBy, problem }).toMatchObject({ madeBy: "index", problem: { code: "MODEL_UNREACHABLE" } })
})

test("a suggestion with a secret in it is none, and prose and repetition are none either", async () => {
  const secret = ["gh", "p_", "Zx81kLqP0", "aVb7Tn3RsYw5Ue2", "Id9Of4Gh6JkM"].join("")
  const { ask } = await shopWith([`"${secret}"`])
  expect((await ask(marked, { most: 1 })).suggestions.map(({ kind }) => kind)).toEqual(["name"])
  const again = await shopWith(["<insert></insert>"])
  expect((await again.ask(marked)).suggestions.every(({ kind }) => kind !== "fill")).toBe(true)
})

test("what breaks a hard rule is not suggested", async () => {
  const { tools, ask } = await shopWith(["Price(forbidden)"])
  const full = await tools.engine?.()
  if (!full) throw new Error("There is no engine.")
  const { findingOf } = await import("../../code/finding.ts")
  Object.assign(full, {
    async *rulesCritic({ path, text }: { path: string; text: string }) {
      if (text.includes("forbidden"))
        yield findingOf({ rule: "rules/x", severity: "error", message: "no", path, evidence: "x" })
    },
  })
  expect((await ask(marked, { most: 1 })).suggestions[0]?.kind).toBe("name")
})

test("a language server that runs has a word in it; one that fails or hangs has none", async () => {
  const serving = (completion: LanguageServer["completion"]) =>
    ({ name: "ls", can: () => true, completion }) as unknown as LanguageServer
  const item = { label: "grossest", kind: 3, insert: "grossest", detail: "function", sortText: "1" }
  const { ask } = await shopWith([], { server: serving(async () => [item]) })
  const found = await ask(marked)
  expect(found.server).toBe("ls")
  expect(found.suggestions.map(({ text }) => text)).toContain("grossest")
  const failing = serving(async () => {
    throw new Error("dead")
  })
  expect((await (await shopWith([], { server: failing })).ask(marked)).server).toBeNull()
})

test("what is accepted stands in the text with its import", async () => {
  const { ask } = await shopWith([])
  const text = "export const total = grossP\n"
  const [first] = (await ask("export const total = grossP¦\n")).suggestions
  if (!first) throw new Error("Nothing was suggested.")
  expect(edited(text, [first, ...first.edits])).toBe(
    'import { grossPrice } from "./price"\nexport const total = grossPrice\n',
  )
})
