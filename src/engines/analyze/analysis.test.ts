import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { CodeIndex } from "../../code/code-index.ts"
import { indexOf } from "../../code/project.testing.ts"
import { openGit } from "../../workspace/git.ts"
import { repositoryWith } from "../../workspace/tree.testing.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { type AnalysisRequest, analysisOf, ruleNamed } from "./analysis.ts"
import { baselineOf } from "./baseline.ts"
import { fixesOf } from "./fixes.ts"

const injected = 'export const f = (req, db) => db.query("select " + req.query.id)\n'

async function lookAt(files: Record<string, string>, more: Partial<AnalysisRequest> = {}) {
  const root = repositoryWith(files)
  const index = await indexOf(root)
  const workspace = await openWorkspace({ root, audit: () => {} })
  const request: AnalysisRequest = {
    index,
    workspace,
    git: await openGit(root),
    paths: [],
    rules: [],
    severity: "note",
    confidence: 0.4,
    allowedLicences: [],
    signal: new AbortController().signal,
    progress: () => {},
    ...more,
  }
  const look = (other: Partial<AnalysisRequest> = {}) => analysisOf({ ...request, ...other })
  return { root, index, workspace, look, request }
}

const rulesOf = ({ findings }: { findings: readonly { rule: string; path: string; startLine: number }[] }) =>
  findings.map(({ rule, path, startLine }) => `${path}:${startLine} ${rule}`)

test("rules, areas, folders, severity and confidence choose what is found", async () => {
  const { look } = await lookAt({
    "a/one.js": injected,
    "b/two.js": injected,
    "b/three.js": "export const h = crypto.createHash('md5')\n",
  })
  expect(rulesOf(await look({ rules: ["security"] }))).toEqual([
    "a/one.js:1 security/sql-injection",
    "b/two.js:1 security/sql-injection",
    "b/three.js:1 security/weak-hash",
  ])
  expect(rulesOf(await look({ rules: ["security"], paths: ["b/"] }))).toEqual([
    "b/two.js:1 security/sql-injection",
    "b/three.js:1 security/weak-hash",
  ])
  expect(rulesOf(await look({ rules: ["sql-injection"], paths: ["a/one.js"] }))).toEqual([
    "a/one.js:1 security/sql-injection",
  ])
  expect(rulesOf(await look({ rules: ["security", "-sql-injection"] }))).toEqual(["b/three.js:1 security/weak-hash"])
  expect(rulesOf(await look({ rules: ["security"], severity: "error" }))).toHaveLength(2)
  expect(rulesOf(await look({ rules: ["security"], confidence: 0.8 }))).toHaveLength(2)
})

test("rules, files and revisions that are not there are refused with what to do", async () => {
  const { look } = await lookAt({ "a.js": injected })
  await expect(look({ rules: ["security/sql-injektion"] })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    hint: expect.stringContaining("security/sql-injection"),
  })
  await expect(look({ paths: ["nope.js"] })).rejects.toMatchObject({ code: "INVALID_INPUT" })
  await expect(look({ since: "nope" })).rejects.toMatchObject({ message: expect.stringContaining("nope") })
  await expect(look({ since: "HEAD", git: null })).rejects.toMatchObject({ hint: expect.stringContaining("--since") })
  await expect(look({ baseline: "none.json" })).rejects.toMatchObject({
    hint: expect.stringContaining("--update-baseline"),
  })
  await expect(look({ baseline: "a.js" })).rejects.toMatchObject({ message: "a.js is not JSON." })
  expect(ruleNamed("sql-injection").id).toBe("security/sql-injection")
})

test("a comment with a reason suppresses what it names, on its line or the next", async () => {
  const { look } = await lookAt({
    "a.js": `// duck-ignore security/sql-injection: the router checks it\n${injected}`,
    "b.js": `${injected.trimEnd()} // duck-ignore sql-injection, security/*: the router checks it\n`,
    "c.py": `# duck-ignore security/code-injection: a console\neval(request.args["x"])\n`,
  })
  const { findings, suppressed } = await look({ rules: ["security"] })
  expect(findings).toEqual([])
  expect(suppressed.map(({ finding, reason }) => `${finding.path}: ${reason}`).sort()).toEqual([
    "a.js: the router checks it",
    "b.js: the router checks it",
    "c.py: a console",
  ])
})

test("a suppression without a reason is a finding and suppresses nothing; one without use is a note", async () => {
  const { look } = await lookAt({
    "a.js": `// duck-ignore security/sql-injection\n${injected}`,
    "b.js": "// duck-ignore security/xss: no longer\nexport const b = 1\n",
    "c.js": "// duck-ignore\nexport const c = 1\n",
  })
  const found = rulesOf(await look())
  expect(found).toContain("a.js:2 security/sql-injection")
  expect(found).toContain("a.js:1 suppression/without-reason")
  expect(found).toContain("b.js:1 suppression/not-needed")
  expect(found).toContain("c.js:1 suppression/without-reason")
})

test("what is in the baseline is not counted, new findings are, and what is gone is told", async () => {
  const { look, root, index } = await lookAt({
    "a.js": injected,
    "b.js": "export const h = crypto.createHash('md5')\n",
  })
  const before = await look({ rules: ["security"] })
  writeFileSync(join(root, "known.json"), baselineOf(before.findings))
  const same = await look({ rules: ["security"], baseline: "known.json" })
  expect(same).toMatchObject({ findings: [], known: { length: 2 } })
  writeFileSync(join(root, "a.js"), `\n\n${injected}eval(req.body.x)\n`)
  writeFileSync(join(root, "b.js"), "export const h = 1\n")
  await index.update()
  const after = await look({ baseline: "known.json" })
  expect(rulesOf(after).filter((one) => one.includes("security"))).toEqual(["a.js:4 security/code-injection"])
  expect(after.gone).toBe(1)
})

test("since a revision only changed lines count", async () => {
  const { look, root, index } = await lookAt({ "a.js": `${injected}export const x = 1\n` })
  writeFileSync(join(root, "a.js"), `${injected}eval(req.body.x)\n`)
  writeFileSync(join(root, "new.js"), injected)
  await index.update()
  expect(rulesOf(await look({ rules: ["security"], since: "HEAD" }))).toEqual([
    "a.js:2 security/code-injection",
    "new.js:1 security/sql-injection",
  ])
})

test("a secret is quoted by no finding on its line", async () => {
  const key = ["AK", "IA", "Q3EGRIWXZ2B7KLMT"].join("")
  const { look } = await lookAt({ "src/a.js": `const unusedKey = "${key}"\n` })
  const { findings } = await look()
  expect(findings.map(({ rule }) => rule)).toContain("secrets/key")
  expect(JSON.stringify(findings)).not.toContain(key)
})

test("packages are held against a file of vulnerabilities and allowed licences", async () => {
  const lock = {
    packages: { "": {}, "node_modules/left": { version: "1.2.0" }, "node_modules/right": { version: "3.0.0" } },
  }
  const osv = [
    {
      id: "GHSA-1",
      summary: "it falls over",
      affected: [
        {
          package: { ecosystem: "npm", name: "left" },
          ranges: [{ type: "SEMVER", events: [{ introduced: "0" }, { fixed: "1.3.0" }] }],
        },
      ],
    },
    {
      id: "GHSA-2",
      affected: [
        {
          package: { ecosystem: "npm", name: "right" },
          ranges: [{ type: "SEMVER", events: [{ introduced: "1.0.0" }, { fixed: "2.0.0" }] }],
        },
      ],
    },
  ]
  const { look, root } = await lookAt({
    "package.json": JSON.stringify({ private: true, dependencies: { left: "^1.0.0", right: "^3.0.0" } }, null, 2),
    "package-lock.json": JSON.stringify(lock),
    "osv.json": JSON.stringify(osv),
    ".gitignore": "node_modules\n",
    "node_modules/left/package.json": '{ "license": "GPL-3.0-only" }',
    "node_modules/right/package.json": '{ "license": "(MIT OR GPL-3.0-only)" }',
  })
  const { findings } = await look({ vulnerabilities: "osv.json", allowedLicences: ["MIT"] })
  const packages = findings.filter(({ rule }) => /vulnerable|licences/.test(rule))
  expect(packages.map(({ rule, startLine, message }) => `${startLine} ${rule} ${message}`)).toEqual([
    "4 dependencies/vulnerable left 1.2.0 has a known vulnerability: GHSA-1, it falls over.",
    "4 licences/not-allowed left is under GPL-3.0-only, which is not allowed here.",
  ])
  writeFileSync(join(root, "bad.json"), "{}")
  await expect(look({ vulnerabilities: "bad.json" })).rejects.toMatchObject({ message: expect.stringContaining("OSV") })
})

test("fixes become changes of files; those that may change behaviour only when they are wanted", async () => {
  const text = "a({ rejectUnauthorized: false })\nb({ rejectUnauthorized: false })\n"
  const { look, workspace } = await lookAt({ "a.js": text })
  const { findings } = await look({ rules: ["security"] })
  expect(await fixesOf(workspace, findings, { unsafe: false })).toMatchObject({ changes: [], fixed: [] })
  const { changes } = await fixesOf(workspace, findings, { unsafe: true })
  expect(changes).toMatchObject([{ kind: "change", path: "a.js", after: text.replaceAll("false", "true") }])
})

const textsOf = (index: CodeIndex) => Promise.all(index.files().map((path) => index.text(path)))

test("an analysis changes nothing on disk", async () => {
  const { look, index } = await lookAt({ "a.js": injected })
  const before = await textsOf(index)
  await look()
  await index.update()
  expect(await textsOf(index)).toEqual(before)
})
