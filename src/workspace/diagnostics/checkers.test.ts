import { expect, test } from "vitest"
import { cargo } from "./checkers/cargo.ts"
import { eslint } from "./checkers/eslint.ts"
import { goVet } from "./checkers/go-vet.ts"
import { mypy } from "./checkers/mypy.ts"
import { pyright } from "./checkers/pyright.ts"
import { ruff } from "./checkers/ruff.ts"
import { tsc } from "./checkers/tsc.ts"

test("tsc: the lines that follow belong to the message; what is no place is left out", () => {
  const out = `src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.
  The expected type comes from here.
error TS18003: No inputs were found.
C:\\b (1).ts(1,2): error TS1005: ';' expected.`
  expect(tsc.parse(out, "")).toEqual([
    {
      path: "src/a.ts",
      line: 3,
      column: 7,
      severity: "error",
      rule: "TS2322",
      message: "Type 'string' is not assignable to type 'number'. The expected type comes from here.",
    },
    { path: "C:\\b (1).ts", line: 1, column: 2, severity: "error", rule: "TS1005", message: "';' expected." },
  ])
})

test("eslint: severities, rules, and no warnings about ignored files", () => {
  const message = {
    ruleId: "no-var",
    severity: 2,
    message: "Unexpected var.",
    line: 1,
    column: 2,
    endLine: 1,
    endColumn: 9,
  }
  const out = JSON.stringify([
    {
      filePath: "/p/a.js",
      messages: [
        message,
        { ruleId: null, severity: 1, message: "File ignored because of a matching ignore pattern." },
        { ruleId: null, fatal: true, severity: 2, message: "Parsing error: Unexpected token", line: 4, column: 1 },
      ],
    },
  ])
  expect(eslint.parse(out, "").map(({ rule, severity, line, endColumn }) => [rule, severity, line, endColumn])).toEqual(
    [
      ["no-var", "error", 1, 9],
      ["", "error", 4, undefined],
    ],
  )
  expect(() => eslint.parse("Oops! Something went wrong!", "")).toThrow()
})

test("ruff, mypy and pyright: rules and places, counted from one", () => {
  const place = { row: 2, column: 5 }
  const made = ruff.parse(
    JSON.stringify([
      { code: "F401", message: "`os` imported but unused", filename: "/p/a.py", location: place, end_location: place },
      { code: null, message: "SyntaxError", filename: "/p/b.py", location: place, end_location: place },
    ]),
    "",
  )
  expect(made.map(({ rule, severity, line, column }) => [rule, severity, line, column])).toEqual([
    ["F401", "warning", 2, 5],
    ["", "error", 2, 5],
  ])
  expect(
    mypy.parse('a.py:3:12: error: Incompatible types [in "x"]  [assignment]\na.py:4: note: See docs\nnonsense', ""),
  ).toEqual([
    {
      path: "a.py",
      line: 3,
      column: 12,
      severity: "error",
      rule: "assignment",
      message: 'Incompatible types [in "x"]',
    },
    { path: "a.py", line: 4, column: 1, severity: "note", rule: "", message: "See docs" },
  ])
  const start = { line: 0, character: 4 }
  const general = { file: "/p/a.py", severity: "error", message: "no", rule: "reportX", range: { start, end: start } }
  expect(pyright.parse(JSON.stringify({ generalDiagnostics: [general] }), "")[0]).toMatchObject({ line: 1, column: 5 })
})

test("go vet: what does not compile is an error, what is suspicious a warning", () => {
  const errors = `# example.com/x
./main.go:4:2: fmt.Printf format %d has arg "x" of wrong type string
vet: ./b.go:3:10: undefined: y`
  expect(goVet.parse("", errors).map(({ path, line, severity }) => [path, line, severity])).toEqual([
    ["./main.go", 4, "warning"],
    ["./b.go", 3, "error"],
  ])
})

test("cargo: the primary place, each finding once, and no summaries", () => {
  const span = {
    file_name: "src/main.rs",
    line_start: 2,
    column_start: 5,
    line_end: 2,
    column_end: 9,
    is_primary: true,
  }
  const message = { message: "cannot find value `x`", level: "error", code: { code: "E0425" }, spans: [span] }
  const line = JSON.stringify({ reason: "compiler-message", message })
  const summary = JSON.stringify({ reason: "compiler-message", message: { ...message, code: null, spans: [] } })
  expect(cargo.parse([line, line, summary, '{"reason":"build-finished"}', "Blocking"].join("\n"), "")).toEqual([
    {
      path: "src/main.rs",
      line: 2,
      column: 5,
      endLine: 2,
      endColumn: 9,
      severity: "error",
      rule: "E0425",
      message: "cannot find value `x`",
    },
  ])
})
