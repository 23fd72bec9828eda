import { expect, test } from "vitest"
import { cargo } from "./checkers/cargo.ts"
import { eslint } from "./checkers/eslint.ts"
import { goVet } from "./checkers/go-vet.ts"
import { mypy } from "./checkers/mypy.ts"
import { oxlint } from "./checkers/oxlint.ts"
import { pyright } from "./checkers/pyright.ts"
import { ruff } from "./checkers/ruff.ts"
import { tsc } from "./checkers/tsc.ts"

test("tsc: the lines that follow belong to the message; what is of no file stands at none", () => {
  const out = `src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.
  The expected type comes from here.
error TS18003: No inputs were found.
  Looked for: src
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
    {
      ...{ path: "", line: 1, column: 1, severity: "error", rule: "TS18003" },
      message: "No inputs were found. Looked for: src",
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

test("oxlint: rules with their plugin; what does not parse has none", () => {
  // As oxlint 1.94 wrote it, cut.
  const out = `{ "diagnostics": [{"message": "Expected \`)\` but found \`EOF\`","severity": "error","filename": "src/broken.ts",
"labels": [{"label": "\`)\` expected","span": {"offset": 46,"length": 0,"line": 3,"column": 1}}]},
{"message": "\`debugger\` statement is not allowed","code": "eslint(no-debugger)","severity": "warning","filename": "src/a b/x.js",
"labels": [{"span": {"offset": 20,"length": 9,"line": 1,"column": 21}}]}], "number_of_files": 3, "threads_count": 2 }`
  expect(
    oxlint.parse(out, "").map(({ path, line, column, severity, rule }) => [path, line, column, severity, rule]),
  ).toEqual([
    ["src/broken.ts", 3, 1, "error", ""],
    ["src/a b/x.js", 1, 21, "warning", "eslint/no-debugger"],
  ])
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

test("mypy and pyright: what they mind of their settings is told", () => {
  // mypy 2.4 and pyright 1.1.414.
  const setting = "mypy.ini: [mypy]: Unrecognized option: strct = True\n"
  expect(mypy.parse("", setting)).toMatchObject([
    { path: "", severity: "warning", message: "[mypy]: Unrecognized option: strct = True" },
  ])
  const unread = 'Config file "/p/pyrightconfig.json" could not be parsed. Verify that format is correct.\n'
  const looked = { generalDiagnostics: [], summary: { filesAnalyzed: 2 } }
  expect(pyright.parse(JSON.stringify(looked), `\n${unread}`)).toMatchObject([{ path: "", message: unread.trim() }])
  const nothing = { generalDiagnostics: [], summary: { filesAnalyzed: 0 } }
  expect(() => pyright.parse(JSON.stringify(nothing), "No source files found.")).toThrow()
})

test("go vet: what does not compile is an error, told once; what is suspicious a warning by its analyzer", () => {
  // As go 1.19 wrote it.
  const vetted = `# example.com/v/sub
vet: sub/k.go:3:12: undeclared name: a1
# example.com/v
{
	"example.com/v": {
		"assign": [
			{
				"posn": "/tmp/go v/main.go:8:2",
				"message": "self-assignment of x to x"
			}
		],
		"copylocks": {
			"error": "not looked"
		}
	}
}
k.go:2:8: no required module provides package github.com/x/y; to add it:
	go get github.com/x/y
package x/a
	imports x/b
	imports x/a: import cycle not allowed
`
  const compiled = `# example.com/v/sub
sub/k.go:3:12: undefined: a1
sub/k.go:3:18: undefined: a2
`
  const told = goVet.parse("", vetted + compiled)
  expect(told.map(({ path, line, column, severity, rule }) => [path, line, column, severity, rule])).toEqual([
    ["/tmp/go v/main.go", 8, 2, "warning", "assign"],
    ["k.go", 2, 8, "error", "compile"],
    ["", 1, 1, "error", "compile"],
    ["sub/k.go", 3, 12, "error", "compile"],
    ["sub/k.go", 3, 18, "error", "compile"],
  ])
  expect(told[1]?.message).toMatch(/; to add it: go get github.com\/x\/y$/)
  expect(told[2]?.message).toBe("package x/a imports x/b imports x/a: import cycle not allowed")
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
  const summary = JSON.stringify({
    reason: "compiler-message",
    message: { ...message, message: "aborting due to 1 previous error", code: null, spans: [] },
  })
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

test("cargo: text that another package's macro made is told where the macro is called; no place is told as such", () => {
  const at = (file_name: string, line_start: number) => ({
    ...{ file_name, line_start, column_start: 1, line_end: line_start, column_end: 2, is_primary: true },
  })
  const span = {
    ...at("/rustc/library/macros.rs", 90),
    expansion: { span: { ...at("src/lib.rs", 4), expansion: null } },
  }
  const line = { reason: "compiler-message", message: { message: "no", level: "error", code: null, spans: [span] } }
  const bare = { ...line, message: { ...line.message, message: "can't find crate", spans: [] } }
  const failed = "error: failed to run custom build command for `a v0.1.0 (/p/a)`\n\nCaused by:\n  no library found\n"
  const summary = "error: could not compile `b` due to previous error\n"
  const out = [line, bare].map((one) => JSON.stringify(one)).join("\n")
  expect(cargo.parse(out, failed + summary).map(({ path, line, message }) => [path, line, message])).toEqual([
    ["src/lib.rs", 4, "no"],
    ["", 1, "can't find crate"],
    ["", 1, "failed to run custom build command for `a v0.1.0 (/p/a)`"],
  ])
})
