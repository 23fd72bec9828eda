import { z } from "zod"
import { asDuckError, InvalidInputError } from "../base/errors.ts"
import { throwIfAborted } from "../base/signal.ts"
import { count } from "../base/text.ts"
import { Finding } from "../code/finding.ts"
import type { Change } from "../engines/proposal/proposal.ts"
import { type Framework, frameworkIds } from "../workspace/test-runners/framework.ts"
import type { TestRun } from "../workspace/test-runners/run-tests.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { type Block, literal } from "./document.ts"
import { ContextFlags, EngineFacts, factsBlocks, factsOf, ModelFlags, runOptions } from "./engine-run.ts"
import { engineTools } from "./engine-tools.ts"
import { finishProposal } from "./proposal/finish.ts"
import { ChangeFlags, ProposalAnswer, proposalBlocks, proposalChoice } from "./proposal/shapes.ts"
import { roomOf } from "./test-room.ts"
import { linesPercent, spokenLines, TotalsShape } from "./test-shapes.ts"

const RunShape = z.object({
  state: z.enum(["passed", "failed", "broken", "empty", "timed-out", "ended", "not-installed"]),
  passed: z.int(),
  failed: z.int(),
  skipped: z.int(),
  durationMs: z.number(),
})

const Target = z.object({
  target: z.string(),
  /** Null where nothing could be made for it. */
  framework: z.string().nullable(),
  /** Why that framework. */
  evidence: z.array(z.string()),
  paths: z.array(z.string()),
  isScaffold: z.boolean(),
  findings: z.array(Finding),
  /** Null where tests were not run. */
  run: RunShape.nullable(),
  /** What was asked for and not done, and why. */
  left: z.array(z.string()),
  coverage: z.object({ before: TotalsShape, after: TotalsShape, gained: z.array(z.int()) }).nullable(),
  facts: EngineFacts.nullable(),
  error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
})
type Target = z.infer<typeof Target>

const Output = z.object({
  targets: z.array(Target),
  /** Null where no target gave tests. */
  answer: ProposalAnswer.nullable(),
})

export const test = defineCommand({
  name: "test",
  summary: "Write tests for files or symbols, in the project's framework and style",
  description:
    "With a model: tests that parse, import what is there and assert something; with --run they are run in a copy of the project in " +
    "the sandbox and repaired, and a failing test that is right is kept as a likely bug. Without: a scaffold with real names, " +
    "values at the bounds of each type and the errors that the code throws, marked as to be done.",
  examples: [
    { line: "duck test src/price.ts --run", says: "tests of a file, run before they are shown" },
    { line: "duck test Basket.total --apply", says: "of a symbol, written at once behind a checkpoint" },
    { line: "duck test src/a.ts src/b.ts --jobs 2 --no-model", says: "scaffolds of several files" },
  ],
  input: z.object({
    targets: z.array(z.string().trim().min(1).max(2_000)).min(1).max(200).describe("Files, names or Class.method"),
    run: z.boolean().default(false).describe("Run the tests in a copy of the project, and repair what fails"),
    property: z.boolean().default(false).describe("Also write property tests, with the project's library for them"),
    doctest: z.boolean().default(false).describe("Also write examples in the documentation that run as tests"),
    framework: z.enum(frameworkIds).optional().describe("This framework, whatever the project seems to use"),
    coverage: z.boolean().default(false).describe("With --run: what the tests add to the coverage of the file"),
    instruction: z.string().max(4_000).default("").describe("What else to mind: the error branches only"),
    testSeconds: z.int().min(1).max(3_600).default(60).describe("Most seconds of one run of the tests"),
    jobs: z.int().min(1).max(8).default(2).describe("So many targets at once"),
    ...ModelFlags,
    ...ContextFlags,
    ...ChangeFlags,
  }),
  output: Output,
  positionals: ["targets"],
  permission: "write",
  timeoutMs: 3_600_000,
  async run(input, context) {
    if (input.coverage && !input.run)
      throw new InvalidInputError({ message: "--coverage needs --run: coverage is measured, not guessed." })
    const made = await madeTests(input, context)
    const all = made.map(({ target }) => target)
    const failed = all.flatMap(({ error }) => (error ? [error] : []))
    const [only] = made
    if (made.length === 1 && only?.thrown !== undefined) throw only.thrown
    const changes = made.flatMap((one) => one.changes)
    if (changes.length === 0) return { targets: all, answer: null }
    const tools = await engineTools(context, { command: "test" })
    const { propose } = await import("../engines/proposal/propose.ts")
    const first = made.find((one) => one.changes.length > 0)
    const findings = all.flatMap((target) => target.findings)
    const proposal = await propose(tools.workspace, changes, {
      engine: "test",
      title:
        made.length === 1 ? (first?.title ?? "Tests") : `Tests for ${count(made.length - failed.length, "target")}`,
      explanation: made.flatMap(({ explanation }) => (explanation === "" ? [] : [explanation])).join("\n\n"),
      madeBy: all.some(({ facts }) => facts?.madeBy === "model") ? "model" : "index",
      findings,
    })
    return { targets: all, answer: await finishProposal(proposal, input, context) }
  },
  present: ({ targets, answer }) => [
    ...(answer ? proposalBlocks(answer) : []),
    ...targets.flatMap((target) => targetBlocks(target, targets.length > 1)),
  ],
  choice: ({ answer }) => (answer ? proposalChoice(answer) : undefined),
  exitCode: ({ targets, answer }) =>
    (answer?.held ?? null) !== null || targets.some(({ error, findings }) => error !== null || findings.some(isBad))
      ? 1
      : 0,
})

const isBad = ({ severity, rule }: Finding) => severity === "error" || rule === "test/likely-bug"

interface Made {
  readonly target: Target
  readonly title: string
  readonly explanation: string
  readonly changes: readonly Change[]
  readonly thrown?: unknown
}

type Input = z.output<typeof test.input>

/** Each target by itself, so many at once: what becomes of one stops no other. In the order asked. */
async function madeTests(input: Input, context: CommandContext): Promise<Made[]> {
  const tools = await engineTools(context, { command: "test" })
  const [{ prepareTask }, { testEngine }, { runEngine }, { oneByOne, tryOutIn }] = await Promise.all([
    import("../engines/test/prepare.ts"),
    import("../engines/test/engine.ts"),
    import("../engines/pipeline/run-engine.ts"),
    import("../engines/test/try-out.ts"),
  ])
  const options = runOptions(input)
  const targets = [...new Set(input.targets)]
  await using room = input.run ? await roomOf(tools.root, context) : null
  const inTurn = oneByOne()
  const taken = new Map<string, string>()

  const make = async (target: string): Promise<Made> => {
    const task = await prepareTask({ ...input, target }, tools)
    const { detected, subject, style } = task
    const other = taken.get(style.testPath)
    if (other !== undefined)
      throw new InvalidInputError({
        message: `${target}: its tests would go to ${style.testPath}, as those of ${other}.`,
        hint: "Name the whole file, or one of them at a time.",
      })
    taken.set(style.testPath, target)
    const trying =
      room &&
      tryOutIn(room, {
        ...{ detected, inTurn, index: tools.index, subject: subject.path },
        timeoutMs: input.testSeconds * 1_000,
        wantsCoverage: input.coverage,
        runsSubject: task.doctests?.runsInPlace ?? false,
      })
    const { engine, runOf } = testEngine(trying?.tryOut ?? (async () => null))
    const done = await runEngine(engine, task, tools, options)
    const run = runOf(done.result)
    const counted = (state: string) => run?.results.filter((one) => one.state === state).length ?? 0
    const gain = trying?.gain() ?? null
    return {
      title: done.result.title,
      explanation: done.result.explanation,
      changes: done.result.changes,
      target: {
        target,
        framework: detected.framework.id,
        evidence: detected.evidence.map(({ says }) => says),
        paths: done.result.changes.map(({ path }) => path),
        isScaffold: done.result.isScaffold,
        findings: [...done.findings],
        run: run && {
          ...{ state: run.state, durationMs: run.durationMs },
          ...{ passed: counted("passed"), failed: counted("failed"), skipped: counted("skipped") },
        },
        left: [
          ...(input.run && run === null ? ["run: the tests have errors that no run would get past"] : []),
          ...(input.coverage && gain === null && run !== null ? [notMeasured(detected.framework, run)] : []),
        ],
        coverage: gain && { ...gain, gained: [...gain.gained] },
        facts: factsOf(done),
        error: null,
      },
    }
  }

  const made: Made[] = []
  const waiting = [...targets.entries()]
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [at, target] = next
      context.progress({ phase: "test", message: `Tests for ${target}`, done: at, total: targets.length })
      made[at] = await make(target).catch((thrown) => {
        throwIfAborted(context.signal)
        return failedOf(target, thrown)
      })
    }
  }
  await Promise.all(Array.from({ length: Math.min(input.jobs, targets.length) }, worker))
  return made
}

function notMeasured({ id, coverageFile, coverageTools }: Framework, { state }: TestRun): string {
  if (state !== "passed" && state !== "failed") return "coverage: the tests were not run to their end"
  if (coverageFile === undefined) return `coverage: of ${id} it can't be measured here`
  return coverageTools === undefined
    ? `coverage: ${id} left none of the file (pytest needs pytest-cov for it, vitest its coverage package)`
    : `coverage: none of the file was left; ${id} needs ${coverageTools.join(" or ")} in the project for it`
}

function failedOf(target: string, thrown: unknown): Made {
  const { code, message, hint } = asDuckError(thrown)
  return {
    ...{ title: "", explanation: "", changes: [], thrown },
    target: {
      ...{ target, framework: null, evidence: [], paths: [], isScaffold: false, findings: [], left: [] },
      ...{ run: null, coverage: null, facts: null },
      error: { code, message, ...(hint === undefined ? {} : { hint }) },
    },
  }
}

function targetBlocks(one: Target, isOneOfMany: boolean): Block[] {
  const { target, framework, evidence, run, coverage, left, facts, error, isScaffold } = one
  const head: Block[] = isOneOfMany ? [{ kind: "heading", text: literal(target), level: 2 }] : []
  if (error)
    return [...head, { kind: "paragraph", text: literal(`${error.message} ${error.hint ?? ""}`.trim()), tone: "bad" }]
  const ran =
    run &&
    `${run.state.replace("-", " ")}: ${run.passed} passed, ${run.failed} failed, ${run.skipped} skipped, ${Math.round(run.durationMs)} ms`
  const entries: (readonly [string, string])[] = [
    ["framework", literal(`${framework} (${evidence.slice(0, 2).join("; ")})`)],
    ...(isScaffold ? [["kind", "a scaffold: nothing is asserted yet"] as const] : []),
    ...(ran ? [["run", ran] as const] : left.length === 0 ? [["run", "not run (--run does)"] as const] : []),
    ...left.map((what) => ["left out", literal(what)] as const),
    ...(coverage
      ? [
          [
            "coverage",
            `${linesPercent(coverage.before)} before, ${linesPercent(coverage.after)} now${coverage.gained.length > 0 ? `; new: lines ${spokenLines(coverage.gained)}` : ""}`,
          ] as const,
        ]
      : []),
  ]
  return [...head, { kind: "fields", entries }, ...(facts ? factsBlocks(facts) : [])]
}
