import { expect, test } from "vitest"
import { markdownBlocks } from "./markdown-blocks.ts"

test("paragraphs, lists, headings and fenced code become blocks", () => {
  const text =
    "The point.\nMore of it.\n\n## Steps\n- one\n  goes on\n- two\n\n1. first\n2. second\n\n```ts\nconst a = `b`\n\n  c()\n```\nEnd."
  expect(markdownBlocks(text)).toEqual([
    { kind: "paragraph", text: "The point.\nMore of it." },
    { kind: "heading", text: "Steps", level: 2 },
    { kind: "list", items: ["one goes on", "two"], ordered: false },
    { kind: "list", items: ["first", "second"], ordered: true },
    { kind: "paragraph", text: "``const a = `b` ``\n`  c()`" },
    { kind: "paragraph", text: "End." },
  ])
})

test("a fence that is never closed, and nothing at all, are no trouble", () => {
  expect(markdownBlocks("```\nx")).toEqual([{ kind: "paragraph", text: "`x`" }])
  expect(markdownBlocks("")).toEqual([])
})
