import { execFileSync } from "node:child_process"
import { utimesSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { treeWith } from "../tree.testing.ts"
import { checkedCoverage } from "./checked.ts"
import { compared } from "./compare.ts"
import { type CoverageReport, totalsOf } from "./coverage.ts"
import { readCoverage } from "./read-coverage.ts"

const only = ({ files }: CoverageReport) => {
  const [file] = files
  if (!file || files.length !== 1) throw new Error(`${files.length} files`)
  return { ...file, lines: Object.fromEntries(file.lines) }
}

test("lcov: lines, branches and functions; of both versions", () => {
  const text = `TN:
SF:src/a.ts
FN:1,one
FN:5,9,two,with a comma
FNDA:3,one
FNDA:0,two,with a comma
DA:1,3
DA:2,0,checksum
BRDA:2,0,0,3
BRDA:2,0,1,-
end_of_record
`
  const report = readCoverage(text, "lcov.info")
  expect(only(report)).toMatchObject({ path: "src/a.ts", lines: { 1: 3, 2: 0 } })
  expect(only(report).functions).toEqual([
    { name: "one", line: 1, hits: 3 },
    { name: "two,with a comma", line: 5, hits: 0 },
  ])
  expect(totalsOf(report.files)).toEqual({ lines: 2, linesRun: 1, branches: 2, branchesTaken: 1 })
  expect(report.problems).toEqual([])
  expect(readCoverage("SF:a.ts\nDA:x,1\nDA:2,1", "lcov.info").problems).toEqual([
    'line 2: "DA:x,1"',
    "it breaks off inside a record",
  ])
})

test("Go: a block's lines, and of blocks that overlap the larger count", () => {
  const report = readCoverage("mode: set\nx.org/m/a.go:3.20,5.2 2 0\nx.org/m/a.go:4.1,4.9 1 7\n", "cover.out")
  expect(only(report)).toMatchObject({ path: "x.org/m/a.go", lines: { 3: 0, 4: 7 } })
})

test("Cobertura: conditions, sources, and classes that share a file", () => {
  const text = `<?xml version="1.0"?><!DOCTYPE coverage SYSTEM "http://x/coverage-04.dtd">
<coverage line-rate="0.5"><sources><source>/app/src</source></sources><packages><package name="p"><classes>
<class name="A" filename="a.py"><methods><method name="run"><lines><line number="1" hits="2"/></lines></method></methods>
<lines><line number="1" hits="2"/><line number="2" hits="0" branch="true" condition-coverage="50% (1/2)"/></lines></class>
<class name="B" filename="a.py"><methods/><lines><line number="3" hits="1"/></lines></class>
</classes></package></packages></coverage>`
  const report = readCoverage(text, "coverage.xml")
  expect(report.bases).toEqual(["/app/src"])
  expect(only(report)).toMatchObject({
    lines: { 1: 2, 2: 0, 3: 1 },
    branches: [{ line: 2, taken: 1, arms: 2 }],
    functions: [{ name: "run", line: 1, hits: 2 }],
  })
})

test("JaCoCo: groups, packages and missed branches", () => {
  const text = `<report name="r"><group name="g"><package name="org/x"><class name="org/x/A" sourcefilename="A.java">
<method name="go" desc="()V" line="3"><counter type="METHOD" missed="1" covered="0"/></method></class>
<sourcefile name="A.java"><line nr="3" mi="2" ci="0" mb="0" cb="0"/><line nr="4" mi="0" ci="5" mb="1" cb="3"/></sourcefile>
</package></group></report>`
  expect(only(readCoverage(text, "jacoco.xml"))).toMatchObject({
    path: "org/x/A.java",
    lines: { 3: 0, 4: 1 },
    branches: [{ line: 4, taken: 3, arms: 4 }],
    functions: [{ name: "go", line: 3, hits: 0 }],
  })
})

test("istanbul: statements by line, arms of branches, functions", () => {
  const at = (line: number) => ({ start: { line, column: 0 }, end: { line, column: 9 } })
  const one = {
    path: "/app/src/a.js",
    statementMap: { 0: at(2), 1: at(3) },
    fnMap: { 0: { name: "f", decl: at(1), loc: at(1) } },
    branchMap: { 0: { type: "if", loc: at(2), locations: [at(2), { start: {}, end: {} }] } },
    s: { 0: 4, 1: 0 },
    f: { 0: 4 },
    b: { 0: [4, 0] },
  }
  expect(only(readCoverage(JSON.stringify({ [one.path]: one }), "coverage-final.json"))).toMatchObject({
    lines: { 2: 4, 3: 0 },
    branches: [
      { line: 2, taken: 1, arms: 1 },
      { line: 2, taken: 0, arms: 1 },
    ],
    functions: [{ name: "f", line: 1, hits: 4 }],
  })
})

test("llvm-cov: a segment's count holds to the next", () => {
  const filename = "/app/src/lib.rs"
  const segments = [
    [1, 1, 5, true, true, false],
    [3, 9, 0, true, true, false],
    [5, 2, 5, true, false, false],
    [6, 2, 0, false, false, false],
  ]
  const file = { filename, segments, branches: [[3, 1, 3, 9, 5, 0, 0, 0, 4]] }
  const json = { type: "llvm.coverage.json.export", version: "2.0.1", data: [{ files: [file], functions: [] }] }
  expect(only(readCoverage(JSON.stringify(json), "llvm.json"))).toMatchObject({
    lines: { 1: 5, 2: 5, 3: 0, 4: 0, 5: 0, 6: 5 },
    branches: [
      { line: 3, taken: 1, arms: 1 },
      { line: 3, taken: 0, arms: 1 },
    ],
  })
})

test("what is no coverage is refused in words, and random text never throws anything else", () => {
  for (const text of ["", "hello", "{}", "[1]", "<html></html>", "<coverage", "mode: set\n", '{"a": {"path": 3}}'])
    expect(() => readCoverage(text, "x"), text).toThrow(expect.objectContaining({ code: "COVERAGE_UNREADABLE" }))
  fc.assert(
    fc.property(fc.constantFrom("", "TN:\nSF:", "mode: set\n", "<coverage>", "{"), fc.string(), (start, rest) => {
      try {
        readCoverage(start + rest, "x")
      } catch (thrown) {
        expect(thrown).toMatchObject({ code: "COVERAGE_UNREADABLE" })
      }
    }),
  )
})

test("an XML file of entities within entities is read without expanding them", () => {
  const bomb = `<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><coverage><packages><package><classes>
<class filename="&b;&b;.py"><lines><line number="1" hits="1"/></lines></class></classes></package></packages></coverage>`
  expect(only(readCoverage(bomb, "x")).path).toBe("&b;&b;.py")
})

const checkedIn = (root: string, said: string, writtenAtMs = Date.now() + 60_000) =>
  checkedCoverage(readCoverage(said, "lcov.info"), {
    root,
    paths: ["src/a.ts", "src/b.ts", "one/x/index.ts", "two/x/index.ts"],
    writtenAtMs,
    lineCount: async (path) => (path === "src/b.ts" ? 2 : 10),
  })
const lcov = (path: string, line = 1) => `SF:${path}\nDA:${line},1\nend_of_record\n`

test("coverage that lies is named: files outside, missing, of other lines, changed since", async () => {
  const root = treeWith({ "src/a.ts": "", "src/b.ts": "", "one/x/index.ts": "", "two/x/index.ts": "" })
  const kinds = async (path: string, line?: number) => {
    const { files, lies } = await checkedIn(root, lcov(path, line))
    return [...files.map((file) => file.path), ...lies.map(({ kind }) => kind)]
  }
  expect(await kinds("src/a.ts")).toEqual(["src/a.ts"])
  expect(await kinds(join(root, "src/a.ts"))).toEqual(["src/a.ts"])
  expect(await kinds("/container/app/src/a.ts")).toEqual(["src/a.ts"])
  expect(await kinds("/etc/passwd")).toEqual(["outside"])
  expect(await kinds("../../etc/passwd")).toEqual(["outside"])
  expect(await kinds("src/gone.ts")).toEqual(["missing"])
  expect(await kinds("/container/x/index.ts")).toEqual(["missing"])
  expect(await kinds("src/b.ts", 3)).toEqual(["beyond"])
  const past = new Date("2020-01-01")
  utimesSync(join(root, "src/b.ts"), past, past)
  expect((await checkedIn(root, lcov("src/a.ts"), past.getTime())).lies).toMatchObject([
    { kind: "stale", path: "src/a.ts" },
  ])
  expect((await checkedIn(root, lcov("src/b.ts"), past.getTime())).lies).toEqual([])
})

test("what a second run gained and lost", () => {
  const read = (text: string) => readCoverage(text, "x").files
  const before = read("SF:a.ts\nDA:1,1\nDA:2,0\nDA:3,1\nend_of_record\n")
  const after = read("SF:a.ts\nDA:1,1\nDA:2,1\nDA:3,0\nend_of_record\nSF:b.ts\nDA:1,0\nend_of_record\n")
  expect(compared(before, after)).toMatchObject([{ path: "a.ts", gained: [2], lost: [3] }])
})

test("what a real run of node writes is read", async () => {
  const root = treeWith({
    "package.json": '{ "type": "module" }',
    "a.js": "export function f(n) {\n  if (n > 1) return 1\n  return 2\n}\n",
    "a.test.js": 'import { test } from "node:test"\nimport { f } from "./a.js"\ntest("f", () => {\n  f(3)\n})\n',
  })
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const text = execFileSync(
    process.execPath,
    ["--test", "--experimental-test-coverage", "--test-reporter=lcov", "a.test.js"],
    { cwd: root, env, encoding: "utf8" },
  )
  const { files, lies } = await checkedCoverage(readCoverage(text, "lcov"), {
    root,
    paths: ["a.js", "a.test.js"],
    writtenAtMs: Date.now(),
    lineCount: async () => 6,
  })
  expect(lies).toEqual([])
  const own = files.find(({ path }) => path === "a.js")
  expect([own?.lines.get(2), own?.lines.get(3)]).toEqual([1, 0])
})

test("simplecov: lines and branches of all suites, as version 0.22 wrote them", () => {
  const branches = {
    "[:if, 0, 9, 6, 9, 62]": { "[:then, 1, 9, 6, 9, 43]": 1, "[:else, 2, 9, 6, 9, 62]": 0 },
    "[:case, 3, 19, 6, 25, 9]": { "[:when, 4, 20, 22, 20, 31]": 0, "[:else, 6, 24, 8, 24, 13]": 0 },
  }
  const suites = {
    RSpec: {
      coverage: { "/shop/lib/price.rb": { lines: [null, 1, 0, "ignored", 0], branches } },
      timestamp: 1795277337,
    },
    // Before 0.18 lines alone.
    Minitest: { coverage: { "/shop/lib/price.rb": [null, 2, 1, null, 0] }, timestamp: 1795277338 },
  }
  const report = readCoverage(JSON.stringify(suites), ".resultset.json")
  expect(report.format).toBe("simplecov")
  expect(only(report)).toMatchObject({ path: "/shop/lib/price.rb", lines: { 2: 3, 3: 1, 5: 0 } })
  expect(totalsOf(report.files)).toEqual({ lines: 3, linesRun: 2, branches: 4, branchesTaken: 1 })
  expect(only(report).branches.map(({ line }) => line)).toEqual([9, 9, 19, 19])
})

test("clover's XML is named, with what to read instead", () => {
  const text =
    '<?xml version="1.0"?><coverage generated="1" clover="3.2.0"><project timestamp="1"></project></coverage>'
  expect(() => readCoverage(text, "clover.xml")).toThrow(/clover tells too little.*lcov/)
})
