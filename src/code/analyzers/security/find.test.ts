// biome-ignore-all lint/suspicious/noTemplateCurlyInString: code that is looked at, in quotes.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { grammarParser } from "../../parse/grammar.ts"
import { languageById, languageOf } from "../../parse/languages.ts"
import { securityRules } from "../rules/rules.ts"
import { securityFindings } from "./find.ts"

async function found(language: string, text: string, path = "a") {
  const { grammar } = languageById(language) ?? {}
  const tree = (await grammarParser(grammar ?? "")).parse(text, 10_000)
  return tree ? securityFindings({ path, language, tree }) : []
}

const rulesIn = async (language: string, text: string) =>
  (await found(language, text))
    .filter(({ confidence }) => confidence >= 0.4)
    .map(({ rule }) => rule.replace("security/", ""))

const fixtures = join(import.meta.dirname, "fixtures")

// A line says with `expect: rule rule` in a comment what is to be found in it; on all others nothing may be.
describe.each(readdirSync(fixtures))("%s", (file) => {
  test("exactly the marked lines are found, by the rules they name", async () => {
    const text = readFileSync(join(fixtures, file), "utf8")
    const path = file.replace(/\.txt$/, "")
    const marked = text.split("\n").flatMap((line, i) => {
      const rules = /expect: ([\w -]+)/.exec(line)?.[1]?.trim().split(" ") ?? []
      return rules.map((rule) => `${i + 1} ${rule}`)
    })
    const findings = await found(languageOf(path)?.id ?? "", text, path)
    const seen = findings
      .filter(({ confidence }) => confidence >= 0.4)
      .map(({ startLine, rule }) => `${startLine} ${rule.replace("security/", "")}`)
    expect(seen.sort()).toEqual(marked.sort())
    expect(marked.length).toBeGreaterThan(0)
  })
})

test("data keeps coming from outside through assignments, text, collections and functions in sight", async () => {
  const ways = [
    "const b = req.query.a; db.query(`select ${b}`)",
    "let s = 'select '; s += req.query.a; db.query(s)",
    "const parts = []; parts.push(req.query.a); db.query('select ' + parts.join(','))",
    "const { a: { b } } = req.query; db.query('select ' + b)",
    "const wrap = (x) => `select ${x}`; db.query(wrap(req.query.a))",
    "const q = cond ? 'select 1' : 'select ' + req.body.x; db.query(q)",
    "for (const k of req.body.list) db.query('select ' + k)",
    "const o = {}; o.sql = 'select ' + req.query.a; db.query(o.sql)",
    "function f(r) { db.query('select ' + r.query.id) } app.get('/', (req) => db.query('select ' + req.params.id))",
    "const a = (req.query.a).trim().toLowerCase(); db.query(['select', a].join(' '))",
  ]
  for (const code of ways) expect(await rulesIn("javascript", code), code).toContain("sql-injection")
})

test("constants, numbers, parameters of a statement and escaped data are no findings", async () => {
  const ways = [
    "db.query('select 1')",
    "db.query('select * from t where id = ?', [req.query.id])",
    "const t = 'users'; db.query(`select * from ${t}`)",
    "db.query('select ' + Number(req.query.id))",
    "const n = parseInt(req.query.id, 10); db.query(`select ${n}`)",
    "const marks = ids.map(() => '?').join(','); db.query(`select * from t where id in (${marks})`)",
    "['a', 'b'].forEach((t) => db.query(`drop table ${t}`))",
    "let s = req.query.a; s = 'x'; db.query('select ' + s)",
    "db.query('select ' + mysql.escape(req.query.a))",
    "/a/.exec('select ' + req.query.a)",
  ]
  for (const code of ways) expect(await rulesIn("javascript", code), code).toEqual([])
})

test("the declared type of `this` is no parameter that somebody passes", async () => {
  expect(
    await rulesIn("typescript", "function f(this: A, s: string) { return new Function('a', this.text + 'x') }"),
  ).toEqual([])
  expect(await rulesIn("typescript", "function f(this: A, s: string) { return new Function('a', s + 'x') }")).toEqual([
    "code-injection",
  ])
})

test("how sure a finding is says where its data comes from", async () => {
  const sure = async (code: string) => (await found("javascript", code))[0]?.confidence ?? 0
  const request = await sure("db.query('select ' + req.query.a)")
  const commandLine = await sure("db.query('select ' + process.argv[2])")
  const parameter = await sure("function f(a) { db.query('select ' + a) }")
  const checked = await sure("const a = req.query.a; if (!allowed.includes(a)) throw 1; db.query('select ' + a)")
  expect([request, commandLine, parameter, checked]).toEqual(
    [request, commandLine, parameter, checked].sort().reverse(),
  )
  expect(request).toBe(0.9)
  expect(checked).toBeGreaterThan(0)
})

test("a finding says where the data came in, what it is called elsewhere and what to do", async () => {
  const [finding] = await found("javascript", "const a = req.query.a\ndb.query('select ' + a)", "src/a.js")
  expect(finding).toMatchObject({
    rule: "security/sql-injection",
    severity: "error",
    path: "src/a.js",
    startLine: 2,
    evidence: "db.query('select ' + a)",
    tags: ["security", "CWE-89"],
    related: [{ path: "src/a.js", startLine: 1, says: "req.query comes in here" }],
  })
  expect(finding?.explanation).toContain("parameters")
})

test("a finding keeps its fingerprint while lines move around it, and equal ones are told apart", async () => {
  const line = "db.query('select ' + req.query.a)\n"
  const one = await found("javascript", line)
  const moved = await found("javascript", `\n// more\n${line}`)
  const twice = await found("javascript", line + line)
  expect(moved[0]?.fingerprint).toBe(one[0]?.fingerprint)
  expect(new Set(twice.map(({ fingerprint }) => fingerprint)).size).toBe(2)
})

test("names that were imported under others are known", async () => {
  expect(
    await rulesIn("typescript", 'import { exec as run } from "node:child_process"\nrun(`ls ${req.query.a}`)'),
  ).toEqual(["command-injection"])
  expect(await rulesIn("javascript", 'const cp = require("child_process")\ncp.exec("ls " + req.query.a)')).toEqual([
    "command-injection",
  ])
  expect(await rulesIn("python", "from subprocess import run as go\ngo(f'ls {request.args}', shell=True)")).toEqual([
    "command-injection",
  ])
  expect(await rulesIn("javascript", "const m = /x/.exec(req.query.a)")).toEqual([])
})

test("syntax that is broken, deep or empty breaks nothing", async () => {
  for (const text of [
    "",
    "(((((",
    "const = ;\ndb.query('select ' + req.query.a)",
    `x = ${"(".repeat(3_000)}1`,
    `a = ${"1 + ".repeat(5_000)}1`,
  ])
    await expect(found("javascript", text)).resolves.toBeDefined()
  expect(await rulesIn("javascript", "const = ;\ndb.query('select ' + req.query.a)")).toEqual(["sql-injection"])
})

test("every rule has an id of its own, words for people and a number of the CWE", () => {
  expect(new Set(securityRules.map(({ id }) => id)).size).toBe(securityRules.length)
  for (const { id, explanation, cwe, title } of securityRules) {
    expect(id).toMatch(/^security\/[a-z-]+$/)
    expect(explanation.length, id).toBeGreaterThan(40)
    expect(title.length, id).toBeGreaterThan(5)
    expect(cwe.length, id).toBeGreaterThan(0)
  }
})
