import { z } from "zod"
import { attribute, children, type Element, parseXml, textOf } from "../coverage/xml.ts"

/** What became of one test. */
export interface TestResult {
  readonly name: string
  readonly state: "passed" | "failed" | "skipped"
  /** Why it failed: the runner's words, at most 4,000 characters. */
  readonly message: string
}

const longestMessage = 4_000
const colours = /\u001b\[[\d;]*m/g
export const plain = (text: string): string => text.replace(colours, "")
const cut = (text: string) => plain(text).trim().slice(0, longestMessage)

/** JUnit's XML, as most runners write it (surefire-test-report.xsd and its dialects). */
export function fromJunitXml(text: string): TestResult[] {
  const found: TestResult[] = []
  const visit = (of: Element, within: string) => {
    for (const suites of children(of, "testsuites")) visit(suites, within)
    for (const suite of children(of, "testsuite")) {
      const name = attribute(suite, "name") ?? ""
      // Files and packages are no part of a test's name; suites inside suites are.
      visit(suite, "testsuite" in of && "@name" in of && of !== suite && within !== "" ? `${within} > ${name}` : name)
    }
    for (const one of children(of, "testcase")) {
      const name = attribute(one, "name") ?? ""
      const wrong = [...children(one, "failure"), ...children(one, "error")][0]
      const said = wrong && [attribute(wrong, "message") ?? "", textOf(wrong)].filter((part) => part !== "").join("\n")
      const state = wrong ? "failed" : "skipped" in one ? "skipped" : "passed"
      found.push({ name, state, message: cut(said ?? "") })
    }
  }
  visit(parseXml(text), "")
  return found
}

const JestJson = z.object({
  testResults: z.array(
    z.object({
      message: z.string().default(""),
      status: z.string(),
      name: z.string().default("a test file"),
      assertionResults: z.array(
        z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
})

export function fromJestJson(text: string): TestResult[] {
  return JestJson.parse(JSON.parse(text)).testResults.flatMap(({ assertionResults, message, status, name }) =>
    assertionResults.length === 0 && status === "failed"
      ? [{ name, state: "failed" as const, message: cut(message) }]
      : assertionResults.map(
          (one): TestResult => ({
            name: one.fullName,
            state: one.status === "passed" ? "passed" : one.status === "failed" ? "failed" : "skipped",
            message: cut((one.failureMessages ?? []).join("\n")),
          }),
        ),
  )
}

const MochaTest = z.object({
  fullTitle: z.string(),
  err: z.object({ message: z.string().optional(), stack: z.string().optional() }).optional(),
})
const MochaJson = z.object({
  passes: z.array(MochaTest),
  failures: z.array(MochaTest),
  pending: z.array(MochaTest),
})

export function fromMochaJson(text: string): TestResult[] {
  const { passes, failures, pending } = MochaJson.parse(JSON.parse(text))
  const of = (state: TestResult["state"]) => (one: z.infer<typeof MochaTest>) => ({
    name: one.fullTitle,
    state,
    message: cut(one.err?.stack ?? one.err?.message ?? ""),
  })
  return [...passes.map(of("passed")), ...failures.map(of("failed")), ...pending.map(of("skipped"))]
}

const RspecJson = z.object({
  examples: z.array(
    z.object({
      full_description: z.string(),
      status: z.string(),
      exception: z.object({ message: z.string() }).nullish(),
    }),
  ),
})

export const fromRspecJson = (text: string): TestResult[] =>
  RspecJson.parse(JSON.parse(text)).examples.map(({ full_description, status, exception }) => ({
    name: full_description,
    state: status === "passed" ? "passed" : status === "failed" ? "failed" : "skipped",
    message: cut(exception?.message ?? ""),
  }))

const GoEvent = z.object({ Action: z.string(), Test: z.string().optional(), Output: z.string().optional() })

function goEvent(line: string): z.infer<typeof GoEvent> | undefined {
  if (!line.startsWith("{")) return undefined
  try {
    return GoEvent.safeParse(JSON.parse(line)).data
  } catch {
    return undefined
  }
}

/** What `go test -json` reports, as it would without -json; from Go 1.24 on, the compiler's words are in events too. */
export const goOutput = (text: string): string =>
  text
    .split("\n")
    .map((line) => {
      const event = goEvent(line)
      return event ? (event.Output ?? "") : `${line}\n`
    })
    .join("")

/** Lines that say no more than the event does. */
const goFrame = /^\s*(?:=== (?:RUN|PAUSE|CONT|NAME)\b|--- (?:PASS|FAIL|SKIP):).*\n?/gm

/**
 * `go test -json`: one event a line; what is no event is what the compiler says. A test that has tests inside counts for
 * itself only where it says something of its own.
 */
export function fromGoEvents(text: string): TestResult[] {
  const said = new Map<string, string>()
  const groups = new Set<string>()
  const found: TestResult[] = []
  for (const line of text.split("\n")) {
    const event = goEvent(line)
    if (!event?.Test) continue
    const { Action, Test, Output = "" } = event
    if (Action === "output") said.set(Test, (said.get(Test) ?? "") + Output)
    if (Action === "run" && Test.includes("/")) groups.add(Test.slice(0, Test.lastIndexOf("/")))
    const state = { pass: "passed", fail: "failed", skip: "skipped" }[Action]
    if (state !== "passed" && state !== "failed" && state !== "skipped") continue
    const message = state === "failed" ? cut((said.get(Test) ?? "").replace(goFrame, "")) : ""
    if (groups.has(Test) && message === "") continue
    found.push({ name: Test, state, message })
  }
  return found
}

/** Lines of libtest, and what it prints of failures: `---- name stdout ----`. */
export function fromCargo(text: string): TestResult[] {
  const words = sections(text, /^---- (.+) stdout ----$/, /^(?:failures:|test result:)/)
  return Array.from(text.matchAll(/^test (.+?) \.\.\. (ok|FAILED|ignored)/gm), ([, name = "", told]) => ({
    name,
    state: told === "ok" ? "passed" : told === "FAILED" ? "failed" : "skipped",
    message: told === "FAILED" ? cut(words.get(name) ?? "") : "",
  }))
}

/** `python -m unittest -v`: "test_x (module.Class.test_x) ... ok", perhaps with the docstring in a line between. */
export function fromUnittest(text: string): TestResult[] {
  const words = sections(text, /^(?:FAIL|ERROR): (\S+ \([^)]*\)).*$/, /^(?:={20,}|Ran \d+ tests?)/)
  const told =
    /^(\S+ \([^)]*\))(?:\n[^\n]*?)?[^\n]*? \.\.\. (?:[^\n]*\n)*?[^\n]*?(ok|FAIL|ERROR|skipped|expected failure)\b/gm
  const found = Array.from(
    text.matchAll(told),
    ([, name = "", state]): TestResult => ({
      name,
      state: state === "FAIL" || state === "ERROR" ? "failed" : state === "skipped" ? "skipped" : "passed",
      message: cut(words.get(name) ?? ""),
    }),
  )
  // A file that can't be imported is an error without a test.
  const known = new Set(found.map(({ name }) => name))
  for (const [name, message] of words)
    if (!known.has(name)) found.push({ name, state: "failed", message: cut(message) })
  return found
}

const exunitBegins =
  /^ {2}\d+\) (?:(?:test|doctest|property) (.+ \([\w.]+\))|([\w.]+): failure on setup_all callback.*)$/
const exunitEnds = /^(?:Finished in|\.+$| {2}\* (?:test|doctest|property) )/
// A running test is printed without a time first, and over again with one.
const exunitTold = /\* (?:test|doctest|property) (.+?) \((\d[\d.]*m?s|skipped|excluded|invalid)\)/
const exunitModule = /^([A-Z][\w.]*)(?: \[.+\])?$/

/**
 * `mix test --trace`: a line for each module, below it "  * test adds (0.1ms) [L#4]", failures as "  1) test adds (Module)".
 * Where a module's setup_all fails, its tests are told as if they had passed.
 */
export function fromExunit(text: string): TestResult[] {
  const words = sections(text, exunitBegins, exunitEnds)
  const found: TestResult[] = []
  let module = ""
  for (const line of text.split("\n")) {
    module = exunitModule.exec(line)?.[1] ?? module
    const [, name, how] = exunitTold.exec(line) ?? []
    if (name === undefined) continue
    const message = words.get(`${name} (${module})`) ?? words.get(module)
    const state = how === "skipped" || how === "excluded" ? "skipped" : message === undefined ? "passed" : "failed"
    found.push({ name, state, message: cut(message ?? "") })
  }
  return found
}

/** Texts by the name in the line above them, each to the next such line or to one that ends all. */
function sections(text: string, begins: RegExp, ends: RegExp): Map<string, string> {
  const found = new Map<string, string>()
  let name: string | undefined
  for (const line of text.split("\n")) {
    const [, ...names] = begins.exec(line) ?? []
    const began = names.find((one) => one !== undefined)
    if (began !== undefined) name = began
    else if (ends.test(line)) name = undefined
    else if (name !== undefined) found.set(name, `${found.get(name) ?? ""}${line}\n`)
  }
  return found
}
