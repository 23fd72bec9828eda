import { z } from "zod"
import { InvalidInputError } from "../../base/errors.ts"
import { count } from "../../base/text.ts"
import { type Finding, findingOf } from "../../code/finding.ts"
import { parseFile } from "../../code/parse/parse-file.ts"
import type { Detected } from "../../workspace/test-runners/detect.ts"
import type { TestRun } from "../../workspace/test-runners/run-tests.ts"
import { DraftRefusedError } from "../pipeline/draft.ts"
import type { Engine } from "../pipeline/engine.ts"
import type { Change } from "../proposal/proposal.ts"
import { rulesKept } from "../proposal/rules-kept.ts"
import { changesOf, WrittenEdits } from "../proposal/written-edits.ts"
import { codeKept, newTexts, writtenWell } from "./critics.ts"
import { withExamples } from "./doctest-scaffold.ts"
import type { Doctests } from "./doctests.ts"
import { scaffoldOf } from "./scaffold.ts"
import { planned } from "./scaffold-plan.ts"
import type { TestStyle } from "./style.ts"
import type { Subject } from "./subject.ts"
import type { TypeText } from "./values.ts"

export interface TestTask {
  readonly subject: Subject
  readonly detected: Detected
  readonly style: TestStyle
  readonly typeText: TypeText
  readonly typePaths: ReadonlyMap<string, string>
  /** What the user adds: "the error branches only". */
  readonly instruction: string
  /** The library for property tests; undefined: none is asked for. */
  readonly properties: string | undefined
  /** Examples in the documentation are wanted, and run so; undefined: none are asked for. */
  readonly doctests: Doctests | undefined
}

const WrittenTests = WrittenEdits.extend({
  suspected: z
    .array(
      z.object({
        test: z.string().describe("Name of a test that fails although it is right"),
        says: z.string().describe("What the code does, what it should do, and which line says that it should"),
      }),
    )
    .describe("Likely bugs in the code under test. Empty where there are none"),
})
type WrittenTests = z.infer<typeof WrittenTests>

export interface TestsMade {
  readonly title: string
  readonly explanation: string
  readonly changes: readonly Change[]
  readonly isScaffold: boolean
  readonly suspected: WrittenTests["suspected"]
}

/** Runs the changed tests; null where they are not to be run. */
export type TryOut = (changes: readonly Change[], signal: AbortSignal) => Promise<TestRun | null>

/**
 * The engine `test`, for one task: it remembers what failed in earlier rounds, so that a test that was bent until it
 * passed is told. `runOf`: how the tests of a result ran.
 */
export function testEngine(tryOut: TryOut) {
  const runs = new WeakMap<TestsMade, TestRun>()
  /** What tests said when they first failed by what they assert. */
  const failedFirst = new Map<string, string>()

  async function* tried(made: TestsMade, { subject, detected }: TestTask, signal: AbortSignal): AsyncIterable<Finding> {
    const run = await tryOut(made.changes, signal)
    if (!run) return
    runs.set(made, run)
    const path = newTexts(made.changes)[0]?.path ?? subject.path
    const said = run.output.slice(-2_000)
    const about = (rule: string, severity: Finding["severity"], message: string, evidence: string) =>
      findingOf({ rule: `test/${rule}`, severity, path, message, evidence })
    if (run.state === "timed-out" || run.state === "ended")
      yield about("never-ends", "error", `The tests did not end and were ended after ${run.durationMs} ms.`, said)
    if (run.state === "not-installed")
      yield about(
        "not-run",
        "warning",
        `They were not run: ${detected.framework.id}, or a package that the project needs, is not installed here.\n${said.slice(0, 500)}`.trim(),
        said,
      )
    if (run.state === "broken") yield about("broken", "error", `The tests could not be run:\n${said}`, said)
    if (run.state === "empty") yield about("no-test", "error", "The runner found no test in them.", said)
    const now = new Set<string>()
    for (const { name, state, message } of run.results) {
      if (state !== "failed") continue
      now.add(name)
      const suspicion = made.suspected.find(({ test }) => isSameTest(name, test))
      const isAssertion = failsByAssertion.test(message)
      if (suspicion && isAssertion) {
        yield {
          ...about(
            "likely-bug",
            "warning",
            `"${name}" fails, and the code is likely wrong: ${suspicion.says}`,
            message,
          ),
          path: subject.path,
        }
        continue
      }
      const why = suspicion ? " (It is called a bug in the code, but it does not fail by what it asserts.)" : ""
      yield about("fails", "error", `"${name}" fails: ${message.slice(0, 1_500)}${why}`, message)
      if (isAssertion && !failedFirst.has(name)) failedFirst.set(name, message)
    }
    for (const [name, message] of failedFirst) {
      if (now.has(name)) continue
      yield about(
        "expectation-changed",
        "warning",
        `"${name}" failed at first (${firstWords(message)}) and was then changed or left out. Look which is right: what it expected at first, or the code.`,
        message,
      )
    }
  }

  const engine: Engine<TestTask, WrittenTests, TestsMade> = {
    name: "test",
    prompt: () => "test/write",
    needs: ({ subject, style, instruction }) => ({
      task: `Write tests for ${subject.symbol ?? subject.path}. ${instruction}`,
      paths: [subject.path, ...style.examples.map(({ path }) => path)],
      symbols: subject.symbol === undefined ? [] : [subject.symbol],
      language: subject.language,
    }),
    variables: ({ subject, detected, style, instruction, properties, doctests }) => ({
      path: subject.path,
      code: subject.text,
      symbol: subject.symbol ?? "",
      callables: subject.callables.map(({ signature, throws }) => ({ signature, throws: throws.join("; ") })),
      framework: detected.framework.id,
      testPath: style.testPath,
      existing: style.existing ?? "",
      examples: style.examples.filter(({ path }) => path !== style.testPath),
      instruction,
      properties: properties ?? "",
      doctests: doctests !== undefined,
    }),
    output: { name: "tests", schema: WrittenTests },
    async accept(draft, { subject, detected, doctests }, { workspace }) {
      const changes = await changesOf(workspace, draft)
      for (const { path, kind } of changes) {
        const isTest = detected.framework.files.test(path) || kind === "create"
        const isSubject = doctests !== undefined && path === subject.path
        if (kind === "delete" || kind === "move" || !(isTest || isSubject))
          throw new DraftRefusedError(
            `${path}: only tests are written here; the code under test stays as it is. Where it is wrong, say so in "suspected".`,
          )
      }
      const { title, explanation, suspected } = draft
      return { title, explanation, changes, suspected, isScaffold: false }
    },
    critics: [
      async function* (made, task, tools) {
        let isSound = true
        const { subject } = task
        const written = newTexts(made.changes)
        const [tests, subjects] = [false, true].map((is) =>
          written.filter(({ path }) => (path === subject.path) === is),
        )
        const judged = [codeKept(subject, subjects ?? []), writtenWell(tests ?? [], tools, made)]
        for (const findings of judged) {
          for await (const finding of findings) {
            if (finding.severity === "error") isSound = false
            yield finding
          }
        }
        // What does not parse or imports what isn't there fails anyway, with worse words.
        if (isSound) yield* tried(made, task, tools.signal)
      },
      (made, _task, tools) => rulesKept(made.changes, tools),
    ],
    async withoutModel(task, { workspace }) {
      const { subject, detected, style, typeText, typePaths, properties, doctests } = task
      const testPath = style.existing === undefined ? style.testPath : besides(style.testPath)
      const text = scaffoldOf({
        ...{ subject, typeText, typePaths },
        style: { ...style, testPath },
        framework: detected.framework.id,
        withProperties: properties !== undefined,
        callsDoctests: doctests !== undefined && !doctests.runsInPlace,
      })
      if (text === null)
        throw new InvalidInputError({
          code: "NOTHING_TO_TEST",
          message: (await parseFile(subject.path, subject.text)).hasErrors
            ? `${subject.path} does not parse, and nothing in it can be told to be exported.`
            : `${subject.path} exports no function or class${subject.symbol ? ` called ${subject.symbol}` : ""} of its own, as far as reading tells.`,
          hint: "Name the file that defines it. With a model (duck llm connect) tests are written for anything.",
        })
      if (await workspace.exists(testPath))
        throw new InvalidInputError({
          code: "FILE_EXISTS",
          message: `${testPath} is there already.`,
          hint: "Finish that scaffold, or remove it.",
        })
      const changes: Change[] = [{ kind: "create", path: testPath, after: text }]
      const isBroken = (await parseFile(subject.path, subject.text)).hasErrors
      const explained = [
        ...(isBroken
          ? [`**${subject.path} does not parse as it is**: no test of it can pass before that is mended.`]
          : []),
        `A place for each case of ${count(subject.callables.length, "function")}, by their types, branches and bounds. Nothing is asserted yet: each is marked as to be done.`,
      ]
      if (doctests) {
        const examples = await withExamples(subject, planned({ subject, typeText }), doctests.module)
        const now = await workspace.read(subject.path)
        if (now.text !== subject.text)
          throw new InvalidInputError({
            code: "FILE_CHANGED",
            message: `${subject.path} was changed meanwhile.`,
            hint: "Ask again.",
          })
        if (examples.functions > 0) {
          changes.push({ kind: "change", path: subject.path, beforeHash: now.hash, after: examples.text })
          explained.push(
            `The documentation of ${count(examples.functions, "function")} has a place for an example. It is a scaffold too, and skipped until somebody says what the call gives.`,
          )
        }
      }
      return {
        title: `Scaffold of tests for ${subject.symbol ?? subject.path}`,
        explanation: explained.join(" "),
        changes,
        isScaffold: true,
        suspected: [],
      }
    },
  }
  return { engine, runOf: (made: TestsMade) => runs.get(made) ?? null }
}

const failsByAssertion = /assert|expect|!==|not equal|to (?:be|equal|have|throw|match)\b|\bwant\b|\bleft\b.*\bright\b/is

/** Runners put the names of groups before a test's own. */
const isSameTest = (ran: string, named: string) =>
  ran === named || ran.endsWith(` ${named}`) || ran.startsWith(`${named} (`)

const firstWords = (text: string) => (text.split("\n").find((line) => line.trim() !== "") ?? "").trim().slice(0, 200)

/** Beside tests that are there: `x.scaffold.test.ts`, `test_x_scaffold.py`, `x_scaffold_test.go`, `XScaffoldTest.java`. */
function besides(path: string): string {
  if (/Test\.java$/.test(path)) return path.replace(/Test\.java$/, "ScaffoldTest.java")
  if (/_(test|spec)\.\w+$/.test(path)) return path.replace(/_(test|spec)(\.\w+)$/, "_scaffold_$1$2")
  if (path.endsWith(".py")) return path.replace(/\.py$/, "_scaffold.py")
  return path.replace(/((?:[._-](?:test|spec))?\.[cm]?[jt]sx?)$/, ".scaffold$1")
}
