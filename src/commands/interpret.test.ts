import { expect, test } from "vitest"
import { classify, mayBeCommand } from "../assistant/intent/classify.ts"
import type { Offered } from "../assistant/intent/offered.ts"
import { offeredCommands } from "./chat/offered.ts"

const path = {
  name: "path",
  flag: "--path",
  type: "string",
  positional: 0,
  isVariadic: false,
  isRest: false,
  isRequired: true,
} as const
const words = { ...path, name: "instruction", flag: "--instruction", isRest: true, isRequired: true } as const
const engine = (name: string, permission: Offered["permission"], ...all: Offered["arguments"]): Offered => ({
  name,
  words: [name],
  summary: `${name} something`,
  permission,
  arguments: all,
})
/** What engines take, whichever of them this registry has. */
const engines = [
  engine("analyze", "read", { ...path, name: "paths", type: "string[]", isVariadic: true, isRequired: false }),
  engine("review", "read", { ...path, name: "target", isRequired: false }),
  engine("generate", "write", words),
  engine("refactor", "write", path, { ...words, positional: 1 }),
  engine("test", "write", path),
]
const registered = await offeredCommands()
const named = new Set(engines.map(({ name }) => name))
const commands: readonly Offered[] = [...registered.filter(({ name }) => !named.has(name)), ...engines]
const ground = {
  paths: new Set(["src/a.ts", "src/a.ts:12", "src/b.ts", "src", "README.md"]),
  symbols: new Set(["retryWithBackoff", "writeTokenFile"]),
}
const readAs = (line: string) => classify(line, commands, ground)

test.each([
  ["search retry", "search retry"],
  ["Search retry backoff", "search retry backoff"],
  ["search for retry", "search retry"],
  ["find retryWithBackoff", "search retryWithBackoff"],
  ["look for token file", "search token file"],
  ['search "where the token is"', 'search "where the token is"'],
  ["search retry --limit 3", "search retry --limit 3"],
  ["explain src/a.ts", "explain src/a.ts"],
  ["explain src/a.ts:12", "explain src/a.ts:12"],
  ["please explain src/a.ts", "explain src/a.ts"],
  ["can you explain retryWithBackoff", "explain retryWithBackoff"],
  ["impact writeTokenFile", "impact writeTokenFile"],
  ["analyze src/a.ts", "analyze src/a.ts"],
  ["analyse src/a.ts src/b.ts.", "analyze src/a.ts src/b.ts"],
  ["now analyze src", "analyze src"],
  ["review src/b.ts", "review src/b.ts"],
  ["review", "review"],
  ["status", "status"],
  ["health", "health"],
  ["index status", "index status"],
  ["show me the index status", "index status"],
  ["show status", "status"],
  ["list sessions", "session list"],
  ["show my checkpoints", "checkpoint list"],
  ["checkpoint list", "checkpoint list"],
  ["checkpoint show 12", "checkpoint show 12"],
  ["session list --limit 3", "session list --limit 3"],
  ["llm status", "llm status"],
  ["duck llm usage", "llm usage"],
  ["duck ask where is the token read", "ask where is the token read"],
])("%j is a command that only shows", (line, expected) => {
  if (line.startsWith("duck ask") && !registered.some(({ name }) => name === "ask")) return
  expect(readAs(line)).toEqual({ kind: "command", line: expected, changes: false })
  expect(mayBeCommand(line, commands)).toBe(true)
})

test.each([
  ["test src/a.ts", "test src/a.ts"],
  ["please test src/a.ts", "test src/a.ts"],
  ["checkpoint restore 12", "checkpoint restore 12"],
  ["duck stop", "stop"],
  ["duck refactor src/a.ts use async functions", "refactor src/a.ts use async functions"],
  ["duck memory add we use tabs", "memory add we use tabs"],
])("%j is a command that has to be confirmed", (line, expected) => {
  expect(readAs(line)).toEqual({ kind: "command", line: expected, changes: true })
})

test.each([
  ["analyze src/a.ts and tell me what to fix first", "analyze src/a.ts", "tell me what to fix first"],
  ["explain src/a.ts, then suggest better names", "explain src/a.ts", "suggest better names"],
  ["search retry and explain how it works", "search retry", "explain how it works"],
  ["review src/b.ts; which finding is the worst", "review src/b.ts", "which finding is the worst"],
  ["impact retryWithBackoff and then write a plan", "impact retryWithBackoff", "write a plan"],
  [
    "checkpoint list and tell me which one is from this morning",
    "checkpoint list",
    "tell me which one is from this morning",
  ],
  ["please analyze src/a.ts and fix the worst", "analyze src/a.ts", "fix the worst"],
  ["llm usage, what cost the most", "llm usage", "what cost the most"],
])("%j is both", (line, command, question) => {
  expect(readAs(line)).toEqual({ kind: "both", line: command, changes: false, question })
})

test.each([
  "why is search slow?",
  "search is slow, why?",
  "search is slow",
  "how do I undo the last change?",
  "what does retryWithBackoff do",
  "where is the token written?",
  "explain src/a.ts?",
  "test the login page please",
  "test everything",
  "tests fail on my machine",
  "generate a parser for CSV",
  "generate tests for src/a.ts and run them",
  "refactor the login so that it uses sessions",
  "refactor src/a.ts so that it is shorter",
  "refactor",
  "stop",
  "stop it",
  "stop doing that",
  "undo",
  "undo that",
  "restore the old behaviour",
  "checkpoint restore",
  "restore checkpoint 12",
  "memory add we use tabs",
  "remember that we use tabs",
  "forget what I said",
  "fix src/a.ts",
  "rename Foo to Bar everywhere",
  "delete src/a.ts",
  "delete all sessions",
  "session archive 01JC0000000000000000000000 please",
  "status of the login work?",
  "is the index up to date",
  "config set llm.model x",
  "jobs cancel everything that runs",
  "llm disconnect the old one",
  "I want to analyze src/a.ts tomorrow",
  "don't analyze src/a.ts",
  "analyze why the build is slow?",
  "hello",
  "thanks, explain more",
  "yes",
  "no, search differently",
  "the search command in src/a.ts is broken",
  "duck typing is nice",
  "duck",
  "use the review we wrote yesterday",
  "write a test for src/a.ts",
  "make src/a.ts faster and test it",
  "ask me before you change anything",
  "health checks are missing",
  "impact on users should be small",
  "one line\nsearch retry",
  "/etc/passwd is readable",
  "!",
  "",
])("%j is for the assistant", (line) => {
  const { kind } = readAs(line)
  expect(["question", "unsure"]).toContain(kind)
})

test.each([
  "explain the retry logic",
  "analyze how tokens are stored",
  "search the docs for install steps",
  "show me the auth code",
])("%j is something to ask a model about, and without one a question", (line) => {
  expect(readAs(line)).toEqual({ kind: "unsure" })
})

test("no line without `duck` and without a thing that is there becomes a command that changes something", () => {
  const nothing = { paths: new Set<string>(), symbols: new Set<string>() }
  const tails = ["", " it", " everything", " the login", " my tests now", " please", " and then stop", ", ok"]
  for (const { words: name } of commands) {
    for (const tail of tails) {
      const read = classify(`${name.join(" ")}${tail}`, commands, nothing)
      expect(read.kind !== "command" && read.kind !== "both" ? false : read.changes, name.join(" ") + tail).toBe(false)
    }
  }
})
