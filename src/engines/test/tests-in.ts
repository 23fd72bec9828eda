import { astGrep } from "../../code/ast-grep.ts"
import { parseFile } from "../../code/parse/parse-file.ts"
import { testedLanguageOf } from "../../workspace/test-runners/detect.ts"
import type { TestedLanguage } from "../../workspace/test-runners/framework.ts"

/** A test as it stands in its file. */
export interface WrittenTest {
  readonly name: string
  readonly startLine: number
  readonly endLine: number
  readonly body: string
  /** Places that can fail by what they assert. */
  readonly assertions: number
  /** An assertion that is true whatever the code does: the text of the first. */
  readonly hollow: string | undefined
  readonly isSkipped: boolean
}

const assertions: Readonly<Record<TestedLanguage, RegExp>> = {
  javascript:
    /\bexpect(?:TypeOf|\.\w+)?\s*\(|\bassert(?:\.\w+)*\s*\(|\.should\b|\bt\.(?!test|diagnostic|mock|plan)\w+\(/g,
  python: /^\s*assert\b|\bself\.(?:assert\w+|fail)\(|\bpytest\.raises\(/gm,
  go: /\bt\.(?:Error|Errorf|Fatal|Fatalf|Fail|FailNow)\(|\b(?:assert|require)\.\w+\(/g,
  rust: /\b(?:debug_)?assert\w*!|\bprop_assert\w*!|#\[should_panic/g,
  java: /\bassert\w*\(|\bverify\(|\bfail\(|\bexpected\s*=/g,
  elixir: /\b(?:assert|refute)\w*\b/g,
  ruby: /\b(?:expect|is_expected)\b|\.should\b|\bassert\w*\b/g,
}

/** By their names, functions of the project that assert: `self.check_wrap(…)`. */
const helpers = /\b_?(?:check|verify|ensure|expect|assert)(?:[A-Z_]\w*)?\s*\(/g

const hollow: Readonly<Record<TestedLanguage, RegExp>> = {
  javascript:
    /\bexpect\(\s*(true|false|null|\d+|"[^"]*"|'[^']*'|[\w.]+)\s*\)\.(?:toBe|toEqual|toStrictEqual)\(\s*\1\s*\)|\bexpect\(\s*true\s*\)\.toBeTruthy\(\)|\bassert(?:\.ok)?\(\s*true\s*\)|\bassert\.\w*[eE]qual\(\s*([\w.]+)\s*,\s*\2\s*\)/,
  python:
    /^\s*assert\s+(?:True|1)\s*$|\bself\.assertTrue\(\s*True\s*\)|\bassertEqual\(\s*([\w.]+)\s*,\s*\1\s*\)|^\s*assert\s+([\w.]+)\s*==\s*\2\s*$/m,
  go: /\bassert\.True\(t,\s*true\s*\)/,
  rust: /\bassert!\(\s*true\s*\)|\bassert_eq!\(\s*([\w.]+)\s*,\s*\1\s*\)/,
  java: /\bassertTrue\(\s*true\s*\)|\bassertEquals\(\s*([\w.]+)\s*,\s*\1\s*\)/,
  elixir: /\bassert true\b/,
  ruby: /\bexpect\(\s*true\s*\)\.to (?:be|eq\(?)\s*\(?true/,
}

const skipping: Readonly<Record<TestedLanguage, RegExp>> = {
  javascript:
    /^(?:x(?:it|test)|f(?:it|describe)|\w+(?:\.\w+)*\.(?:skip|todo|only|fails))\b|^\w+\([^,]*,\s*\{[^}]*\b(?:skip|todo|only)\b/,
  python: /@(?:pytest\.mark\.(?:skip|xfail)|unittest\.(?:skip|expectedFailure))|\bpytest\.skip\(|\bself\.skipTest\(/,
  go: /\bt\.Skip(?:f|Now)?\(/,
  rust: /#\[ignore/,
  java: /@(?:Disabled|Ignore)\b/,
  elixir: /@tag\s+:?skip|@tag\s+skip:/,
  ruby: /^\s*(?:x(?:it|specify)|pending|skip)\b/m,
}

/** The tests of a file, by the language's own forms; empty for files of other languages. */
export async function testsIn(path: string, text: string): Promise<readonly WrittenTest[]> {
  const language = testedLanguageOf(path)
  if (!language) return []
  const found = language === "javascript" ? await inScript(path, text) : await inOthers(path, text, language)
  return found.map(({ name, startLine, endLine, body, head, isPending }) => ({
    ...{ name, startLine, endLine, body },
    assertions: (`${head}\n${body}`.match(assertions[language]) ?? body.match(helpers) ?? []).length,
    hollow: hollow[language].exec(body)?.[0].trim(),
    isSkipped:
      isPending || skipping[language].test(head) || (language !== "javascript" && skipping[language].test(body)),
  }))
}

interface Found {
  readonly name: string
  readonly startLine: number
  readonly endLine: number
  readonly body: string
  /** What stands before it and belongs to it: decorators, the call's beginning. */
  readonly head: string
  /** A name without a body: yet to be written. */
  readonly isPending: boolean
}

async function inScript(path: string, text: string): Promise<Found[]> {
  const grep = await astGrep()
  const root = grep.parse(/\.[cm]?tsx?$/.test(path) && !path.endsWith("x") ? "typescript" : "tsx", text).root()
  return root.findAll({ rule: { kind: "call_expression" } }).flatMap((node) => {
    const called = node.field("function")?.text() ?? ""
    if (!/^(?:[xf]?it|x?test|specify)(?:\.\w+)*(?:\(.*\))?$/s.test(called)) return []
    const given =
      node
        .field("arguments")
        ?.children()
        .filter((one) => one.isNamed()) ?? []
    const [title] = given
    const isTitle = title && ["string", "template_string"].includes(String(title.kind()))
    // The options of a parametrised test come before its name: `test.each([...])("...")`.
    if (!isTitle) return []
    const { start, end } = node.range()
    const body = given.at(-1)?.text() ?? ""
    return [
      {
        name: title.text().slice(1, -1),
        startLine: start.line + 1,
        endLine: end.line + 1,
        body,
        head: headOf(node.text(), body),
        isPending: given.length === 1,
      },
    ]
  })
}

/** What stands before the body: `test.skip("name", { skip: true }, `. */
const headOf = (call: string, body: string) => call.slice(0, Math.max(0, call.lastIndexOf(body))).slice(0, 300)

const isTest: Readonly<Record<TestedLanguage, (name: string, head: string) => boolean>> = {
  javascript: () => false,
  python: (name) => /^test/.test(name),
  go: (name) => /^Test[A-Z_]|^Test$/.test(name),
  rust: (_, head) => /#\[(?:\w+::)*test\b/.test(head),
  java: (_, head) => /@(?:Parameterized|Repeated)?Test\b/.test(head),
  elixir: () => false,
  ruby: () => false,
}

async function inOthers(path: string, text: string, language: TestedLanguage): Promise<Found[]> {
  const lines = text.split("\n")
  if (language === "elixir" || language === "ruby") return inBlocks(lines, language)
  const { symbols } = await parseFile(path, text)
  return symbols.flatMap(({ name, kind, startLine, endLine }) => {
    if (kind !== "function" && kind !== "method") return []
    const body = lines.slice(startLine - 1, endLine).join("\n")
    const before = lines.slice(Math.max(0, startLine - 6), startLine - 1)
    // Decorators stand directly above, without an empty line between.
    const gap = before.findLastIndex((line) => line.trim() === "" || /^\s*\}/.test(line))
    const head = before.slice(gap + 1).join("\n")
    // Some grammars count annotations to what they stand before.
    const begins = [head, ...body.split("\n").slice(0, 3)].join("\n")
    return isTest[language](name, begins) ? [{ name, startLine, endLine, body, head, isPending: false }] : []
  })
}

/**
 * `test "..." do ... end` and `it "..." do ... end`: up to the `end` that stands as far in as they do. Ruby's may have no
 * name (`it { is_expected.to be_empty }`), and go by what they say then.
 */
function inBlocks(lines: readonly string[], language: "elixir" | "ruby"): Found[] {
  const begins =
    language === "elixir"
      ? /^(\s*)(?:test|property)\s+"([^"]*)"/
      : /^(\s*)[xf]?(?:it|specify|example)\b(?:[\s(]+(["'])(.*?)\2|(?=\s*(?:\{|do\b)))/
  return lines.flatMap((line, at) => {
    const [, indent, ...rest] = begins.exec(line) ?? []
    if (indent === undefined) return []
    const name = rest.at(-1) ?? line.trim()
    const end = /\bdo\b\s*(?:\|.*\|)?\s*$/.test(line)
      ? lines.findIndex((other, i) => i > at && other === `${indent}end`)
      : at
    const last = end < 0 ? lines.length - 1 : end
    const body = lines.slice(at, last + 1).join("\n")
    const before = lines[at - 1] ?? ""
    const head = /^\s*@/.test(before) ? before : ""
    const isPending = !/\bdo\b|\{/.test(line)
    return [{ name, startLine: at + 1, endLine: last + 1, body, head, isPending }]
  })
}
