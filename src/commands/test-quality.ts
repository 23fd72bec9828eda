import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { indexingTimeoutMs, readyProject } from "./indexed.ts"
import { roomOf } from "./test-room.ts"

export const testQuality = defineCommand({
  name: "test.quality",
  summary: "Say how good the tests of a file are",
  description:
    "Counts what they assert, runs them several times in shuffled order to find those that don't always say the same, and changes " +
    "operators, constants and results of the code under test, one at a time, to see whether a test notices. All in a copy of " +
    "the project, in the sandbox.",
  examples: [
    { line: "duck test quality src/price.test.ts", says: "the score, and what the tests miss" },
    { line: "duck test quality tests/test_a.py --of app/a.py --mutations 50", says: "a closer look" },
    { line: "duck test quality src/price.test.ts --below 80 --json", says: "exit code 1 below that score" },
  ],
  input: z.object({
    path: z.string().trim().min(1).max(2_000).describe("A file of tests"),
    of: z.string().max(2_000).optional().describe("The file under test, where it can't be told"),
    runs: z.int().min(1).max(20).default(3).describe("So often are the tests run"),
    mutations: z.int().min(0).max(200).default(15).describe("Most changes of the code under test"),
    within: z.int().min(1).max(3_600).default(180).describe("Most seconds for all of it"),
    seed: z.int().min(0).default(1).describe("Decides on order and choice; the same for the same"),
    below: z.int().min(0).max(100).default(50).describe("Exit code 1 below this score"),
    dryRun: z.boolean().default(false).describe("Run nothing: only read the tests"),
  }),
  output: z.object({
    path: z.string(),
    of: z.string().nullable(),
    state: z.string(),
    tests: z.int(),
    assertions: z.int(),
    hollow: z.array(z.object({ name: z.string(), line: z.int(), what: z.string() })),
    skipped: z.array(z.string()),
    duplicates: z.array(z.object({ names: z.array(z.string()) })),
    runs: z.int(),
    isShuffled: z.boolean(),
    flaky: z.array(z.object({ name: z.string(), passed: z.int(), failed: z.int() })),
    mutations: z.object({
      made: z.int(),
      possible: z.int(),
      killed: z.int(),
      invalid: z.int(),
      survived: z.array(z.object({ line: z.int(), before: z.string(), after: z.string(), code: z.string() })),
    }),
    score: z.int().nullable(),
    parts: z.array(z.object({ name: z.string(), weight: z.number(), share: z.number() })),
    left: z.array(z.string()),
    output: z.string(),
    isGood: z.boolean(),
  }),
  positionals: ["path"],
  permission: "write",
  timeoutMs: Math.max(indexingTimeoutMs, 3_900_000),
  async run({ path: said, of, runs, mutations, within, seed, below, dryRun }, context) {
    const { root, index } = await readyProject(context)
    const [{ qualityOf }, { frameworkFor }, { workspaceOf }, { InvalidInputError }] = await Promise.all([
      import("../engines/test/quality.ts"),
      import("../workspace/test-runners/detect.ts"),
      import("./workspace-of.ts"),
      import("../base/errors.ts"),
    ])
    const workspace = await workspaceOf(context)
    const { path, kind } = await workspace.stat(said)
    if (kind !== "file")
      throw new InvalidInputError({ message: `${said} is a ${kind}.`, hint: "Name one file of tests." })
    const source = of === undefined ? undefined : (await workspace.stat(of)).path
    await index.update({ paths: [path], signal: context.signal })
    const detected = await frameworkFor(path, { root, paths: index.files() })
    if (!detected) throw new InvalidInputError({ message: `${path}: no test framework is known for it.` })
    await using room = dryRun ? null : await roomOf(root, context)
    const quality = await qualityOf({
      ...{ path, of: source, detected, index, room, runs, mutations, seed },
      withinMs: within * 1_000,
      timeoutMs: within * 1_000,
      clock: context.host.clock,
      signal: context.signal,
      progress: (message) => context.progress({ phase: "quality", message }),
    })
    return {
      ...quality,
      hollow: [...quality.hollow],
      skipped: [...quality.skipped],
      duplicates: quality.duplicates.map(({ names }) => ({ names: [...names] })),
      flaky: [...quality.flaky],
      mutations: { ...quality.mutations, survived: [...quality.mutations.survived] },
      parts: [...quality.parts],
      left: [...quality.left],
      isGood: dryRun || (quality.state === "passed" && (quality.score ?? 0) >= below),
    }
  },
  present: (answer) => [
    {
      kind: "paragraph",
      text: `**${answer.score ?? "No score"}**${answer.score === null ? "" : " of 100"} for ${literal(answer.path)}${answer.of ? `, which tests ${literal(answer.of)}` : ""}: ${count(answer.tests, "test")}, ${count(answer.assertions, "assertion")}; ${answer.state.replace("-", " ")}.`,
      tone: answer.isGood ? "good" : "warning",
    },
    {
      kind: "table",
      columns: [{ title: "part" }, { title: "share", align: "right" }, { title: "weight", align: "right" }],
      rows: answer.parts.map(({ name, share, weight }) => [name, `${Math.round(share * 100)}%`, String(weight)]),
    },
    ...section(
      "Changes of the code that no test noticed",
      answer.mutations.survived.map(({ line, before, after, code }) => [
        literal(`${answer.of}:${line}`),
        literal(`${before} -> ${after}`),
        literal(code),
      ]),
    ),
    ...section(
      "Tests that don't always say the same",
      answer.flaky.map(({ name, passed, failed }) => [literal(name), `passed ${passed}, failed ${failed}`]),
    ),
    ...section(
      "Tests that assert nothing that can fail",
      answer.hollow.map(({ name, line, what }) => [literal(`${answer.path}:${line}`), literal(name), literal(what)]),
    ),
    ...section(
      "Tests that repeat one another",
      answer.duplicates.map(({ names }) => [literal(names.join(", "))]),
    ),
    ...(answer.left.length > 0
      ? [{ kind: "list", items: answer.left.map((text) => `Not looked at: ${literal(text)}.`) } as const]
      : []),
    ...(answer.output === "" ? [] : [{ kind: "verbatim", text: answer.output } as const]),
  ],
  exitCode: ({ isGood }) => (isGood ? 0 : 1),
})

function section(title: string, rows: string[][]): Block[] {
  const [first] = rows
  if (!first) return []
  return [
    { kind: "heading", text: title, level: 2 },
    { kind: "table", columns: first.map(() => ({ title: "" })), rows },
  ]
}
