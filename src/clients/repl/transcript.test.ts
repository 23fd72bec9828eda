import { stripVTControlCharacters } from "node:util"
import { expect, test } from "vitest"
import type { SessionItem, StoredItem } from "../../commands/session/item.ts"
import { inkOf } from "./ink.ts"
import { transcript } from "./transcript.ts"

const usage = { inputTokens: 1, cachedInputTokens: 0, outputTokens: 1, costUsd: null }
type Spoke = Extract<StoredItem, { type: "assistant.spoke" }>

const spoke = (message: string, parts: Spoke["data"]["parts"]): SessionItem => ({
  kind: "event",
  type: "assistant.spoke",
  data: { message, turn: "t", parts, model: "m", usage, finish: "stop" },
})
const text = (said: string): SessionItem => ({ kind: "text", text: said })
const call = { kind: "tool-call", id: "c", name: "read", arguments: '{"path":"a.ts"}' } as const
const finished: SessionItem = {
  kind: "event",
  type: "tool.finished",
  data: { call: "c", outcome: "done", content: [{ kind: "text", text: "one\n\ntwo\nthree" }], tookMs: 1 },
}

function shown(items: readonly SessionItem[], isForProgram = false): string {
  let all = ""
  const write = (part: string) => {
    all += part
  }
  const ink = inkOf(true)
  const view = transcript({ say: write, note: write, ink, noteInk: ink, width: () => 80, isForProgram })
  for (const item of items) view.take(item)
  view.settle()
  return stripVTControlCharacters(all)
}

test("text is shown once, calls with what came of them on a line each", () => {
  const items = [text("I "), text("look."), spoke("a", [{ kind: "text", text: "I look." }, call]), finished]
  expect(shown(items)).toBe("I look.\n  ✓ read a.ts  one (+2 lines)\n")
})

test("an answer that nobody heard is shown whole, and one that was cut by a crash again", () => {
  expect(shown([spoke("a", [{ kind: "text", text: "Hello." }])])).toBe("Hello.\n")
  const opened: SessionItem = { kind: "opened", session: "s", title: "", mode: "ask", model: "", isRunning: true }
  expect(shown([text("Hel"), opened, spoke("a", [{ kind: "text", text: "Other." }])])).toBe("Hel\nOther.\n")
})

test("what is told again after a reconnection is not shown again", () => {
  const items = [spoke("a", [{ kind: "text", text: "Hello." }, call]), finished]
  const again: SessionItem[] = [
    {
      kind: "entry",
      entry: { kind: "assistant", id: "a", turn: "t", model: "m", parts: [{ kind: "text", text: "Hello." }] },
    },
    { kind: "entry", entry: { kind: "tool", id: "c", outcome: "done", content: [] } },
  ]
  expect(shown([...items, ...again])).toBe(shown(items))
})

test("text from a model can't move the cursor of a terminal, and reaches a program as it is", () => {
  expect(shown([text("a\x1b[2Jb\x07\u202e")])).not.toMatch(/[\x1b\x07\u202e]|\[2J$/)
  expect(shown([text("**a**")], true)).toBe("**a**\n")
})

test("what undo does not cover is named once, and again when it has become something else", () => {
  const taken = (count: number, path: string): SessionItem => ({
    kind: "event",
    type: "checkpoint.taken",
    data: { turn: "t", checkpoint: "c", when: "before", uncovered: { count, paths: [{ path, why: "too large" }] } },
  })
  expect(shown([taken(1, "a.bin"), taken(1, "a.bin"), taken(3, "b\x07.bin")])).toBe(
    "Undo does not cover a.bin (too large).\nUndo does not cover b.bin (too large), 2 more.\n",
  )
})
