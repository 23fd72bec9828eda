import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import fc from "fast-check"
import { afterEach, expect, test } from "vitest"
import { newId } from "../../base/ids.ts"
import { openFabric } from "../../fabric/embedded/fabric.ts"
import { saying, scripted } from "../../models/scripted.testing.ts"
import { event } from "../conversation/decide.ts"
import type { Entry } from "../conversation/entries.ts"
import { type LiveConversation, openLive } from "../conversation/live.ts"
import type { LedgerChange } from "../ledger/change.ts"
import { changed, emptyLedger } from "../ledger/ledger.ts"
import { ledgerText, pinnedOf } from "../ledger/text.ts"
import { compact, keepsAll } from "./compact.ts"
import { cutAt, cutsOf } from "./cut.ts"
import { semantic } from "./semantic.ts"
import { type Strategy, sampling, slidingWindow, truncation } from "./strategies.ts"

const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})
const never = new AbortController().signal

async function conversation(): Promise<LiveConversation> {
  const folder = mkdtempSync(join(tmpdir(), "duck-compact-"))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  const fabric = await openFabric({ folder })
  cleanups.push(() => fabric.close())
  const live = await openLive({ id: "c", log: "project.a", ownership: fabric.ownership, store: fabric.store })
  await live.handle({ kind: "start", title: "t", root: "/r", mode: "ask", model: "" }, "ada")
  return live
}

const say = (live: LiveConversation, text: string, message = newId()) =>
  live.handle({ kind: "say", message, parts: [{ kind: "text", text }] }, "ada")

/** Some steps of a turn: an answer with a call, and its result. */
async function work(live: LiveConversation, steps: number, words = "some words of no importance ") {
  for (let n = 0; n < steps; n++) {
    const call = `call_${newId()}`
    await live.record(
      [
        event("assistant.spoke", {
          message: newId(),
          turn: live.state.turn?.id ?? "t",
          parts: [{ kind: "tool-call", id: call, name: "read", arguments: "{}" }],
          model: "p/m",
          usage: { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, costUsd: null },
          finish: "tool-calls",
        }),
        event("tool.finished", {
          call,
          outcome: "done",
          content: [{ kind: "text", text: words.repeat(20) }],
          tookMs: 1,
        }),
      ],
      "ada",
    )
  }
}

const compacted = (live: LiveConversation, strategy: Strategy = truncation) =>
  compact({
    conversation: live,
    actor: "ada",
    strategy,
    strategyName: "truncation",
    keepTokens: 300,
    summaryTokens: 200,
    signal: never,
  })

test("constraints, decisions, the plan and what was asked stand word for word in the prompt after ten compactions", async () => {
  const live = await conversation()
  await say(live, "Please port the parser. Never touch the lexer!", "asked")
  await live.record([event("turn.started", { turn: "turn", message: "asked", by: "ada" })], "ada")
  const changes: LedgerChange[] = [
    { kind: "goal", text: "Port the parser" },
    { kind: "constraint", id: "c1", text: "Never touch the lexer!", by: "user" },
    { kind: "decision", id: "d1", text: "Use a Pratt parser, as agreed on Monday", by: "user" },
    { kind: "step", id: "s1", text: "write the tables", state: "done" },
    { kind: "step", id: "s2", text: "rewrite the lexer", state: "cancelled" },
    { kind: "error", id: "e1", text: "tests/expr.ts fails at line 12" },
  ]
  await live.record([event("ledger.changed", { changes })], "ada")
  for (let round = 0; round < 10; round++) {
    await work(live, 6)
    const report = await compacted(live)
    expect(report?.tokensAfter).toBeLessThan(report?.tokensBefore ?? 0)
    const summary = live.state.compaction?.summary ?? ""
    for (const words of [
      "Port the parser",
      "Never touch the lexer!",
      "Use a Pratt parser, as agreed on Monday",
      "[done] write the tables",
      "[cancelled] rewrite the lexer",
      "tests/expr.ts fails at line 12",
      "Please port the parser. Never touch the lexer!",
    ])
      expect(summary).toContain(words)
  }
  expect(live.window.length).toBeLessThan(20)
})

test("the text that takes the place of the history does not grow with the number of compactions", async () => {
  const live = await conversation()
  const lengths: number[] = []
  for (let round = 0; round < 6; round++) {
    await work(live, 8)
    await compacted(live)
    lengths.push(live.state.compaction?.summary.length ?? 0)
  }
  expect(lengths.at(-1)).toBeLessThan(2 * (lengths[1] ?? 0))
})

test("a compaction that would lose what is pinned is refused", () => {
  const ledger = changed(emptyLedger, { kind: "constraint", id: "c", text: "no new packages", by: "user" })
  expect(() => keepsAll("## Constraints\n- no new package", ledger)).toThrow("no new packages")
  keepsAll(ledgerText(ledger), ledger)
})

test("a plan that was cancelled stays cancelled, whoever says what", () => {
  const step = (state: "open" | "done" | "cancelled"): LedgerChange => ({
    kind: "step",
    id: "s",
    text: "drop it",
    state,
  })
  const ledger = [step("open"), step("cancelled"), step("open"), step("done")].reduce(changed, emptyLedger)
  expect(ledger.steps).toEqual([{ id: "s", text: "drop it", state: "cancelled" }])
})

test("whatever is pinned stands word for word in the ledger's text", () => {
  const text = fc.string({ minLength: 1, maxLength: 80 })
  const id = fc.constantFrom("a", "b", "c", "d")
  const by = fc.constantFrom("user" as const, "model" as const)
  const change = fc.oneof(
    fc.record({ kind: fc.constant("goal" as const), text }),
    fc.record({ kind: fc.constant("constraint" as const), id, text, by }),
    fc.record({ kind: fc.constant("decision" as const), id, text, by }),
    fc.record({ kind: fc.constant("withdrawn" as const), id, why: text }),
    fc.record({
      kind: fc.constant("step" as const),
      id,
      text,
      state: fc.constantFrom("open" as const, "doing" as const, "done" as const, "cancelled" as const),
    }),
    fc.record({ kind: fc.constant("error" as const), id, text }),
  )
  fc.assert(
    fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
      const ledger = changes.reduce<typeof emptyLedger>(changed, emptyLedger)
      const written = ledgerText(ledger)
      for (const pinned of pinnedOf(ledger)) expect(written).toContain(pinned)
    }),
  )
})

test("a window is never cut between a call and its result", () => {
  const entries = fc.array(fc.constantFrom("user", "answer", "calls"), { maxLength: 30 }).map((kinds) =>
    kinds.flatMap((kind, at): Entry[] => {
      if (kind === "user") return [{ kind: "user", id: `u${at}`, parts: [] }]
      const spoken = { kind: "assistant" as const, id: `a${at}`, turn: "t", model: "m" }
      if (kind === "answer") return [{ ...spoken, parts: [{ kind: "text", text: "x" }] }]
      const calls = [`x${at}`, `y${at}`]
      return [
        { ...spoken, parts: calls.map((id) => ({ kind: "tool-call" as const, id, name: "n", arguments: "{}" })) },
        ...calls.map((id): Entry => ({ kind: "tool", id, outcome: "done", content: [] })),
      ]
    }),
  )
  fc.assert(
    fc.property(entries, fc.nat(30), (window, keep) => {
      const cut = cutAt(window, () => 1, keep)
      if (cut === undefined) {
        expect(cutsOf(window)).toEqual([])
        return
      }
      const calls = (from: readonly Entry[]) =>
        from.flatMap((entry) =>
          entry.kind === "assistant" ? entry.parts.flatMap((p) => ("id" in p ? [p.id] : [])) : [],
        )
      const results = (from: readonly Entry[]) => from.flatMap((entry) => (entry.kind === "tool" ? [entry.id] : []))
      expect(results(window.slice(cut))).toEqual(calls(window.slice(cut)))
      expect(results(window.slice(0, cut))).toEqual(calls(window.slice(0, cut)))
    }),
  )
})

test("every strategy keeps to its budget, and the window's keeps what people said last", async () => {
  const live = await conversation()
  for (let n = 0; n < 10; n++) {
    await say(live, `wish number ${n}`)
    await work(live, 3)
  }
  for (const strategy of [slidingWindow, truncation, sampling]) {
    const text = await strategy(live.window, 120, never)
    expect(text.length).toBeGreaterThan(20)
    expect(text.length / 4).toBeLessThan(240)
  }
  expect(await slidingWindow(live.window, 120, never)).toContain("wish number 9")
})

test("the model writes the summary where it can, and a failing one costs no compaction", async () => {
  const live = await conversation()
  await say(live, "look into the retries")
  await work(live, 10)
  const options = { name: "", attribution: { user: "ada" } }
  const good = scripted(saying("The retries live in retry.ts; ", "two attempts failed."))
  expect(await compacted(live, semantic({ model: good.model, ...options }))).not.toBeNull()
  expect(live.state.compaction?.summary).toContain("The retries live in retry.ts; two attempts failed.")
  expect(JSON.stringify(good.requests[0])).toContain("look into the retries")
  await work(live, 10)
  const broken = scripted([new Error("no")])
  expect(await compacted(live, semantic({ model: broken.model, ...options }))).not.toBeNull()
  expect(live.state.compaction?.summary).toContain("retry.ts")
})
