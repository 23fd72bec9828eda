import { execFileSync } from "node:child_process"
import { rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { openGit } from "../../workspace/git.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { byGravity, type Finding } from "../finding.ts"
import { parserProcess } from "../parse/parser-process.ts"
import { indexOf, shop } from "../project.testing.ts"
import { type AnalyzeOptions, analyze } from "./analyze.ts"
import { examine } from "./examine.ts"
import { openFactCache } from "./fact-cache.ts"
import { defaultLimits } from "./limits.ts"

const here = () => {
  const examined: string[] = []
  const parser = {
    width: 2,
    examine: ({ path, text = "" }: { path: string; text?: string }) => {
      examined.push(path)
      return examine(path, text)
    },
  }
  return { parser, examined }
}

async function findingsOf(options: AnalyzeOptions): Promise<Finding[]> {
  const found: Finding[] = []
  for await (const finding of analyze({ parser: here().parser, ...options })) found.push(finding)
  return found.sort(byGravity)
}
const told = (found: readonly Finding[]) => found.map(({ rule, path, startLine }) => `${rule} ${path}:${startLine}`)

const ring = {
  "src/a.ts": 'import { b } from "./b.ts"\nexport const a = () => b()\n',
  "src/b.ts": '// first\nimport { c } from "./c.ts"\nexport const b = () => c()\n',
  "src/c.ts": 'import { a } from "./a.ts"\nexport const c = () => a()\n',
}

test("files that import each other are shown with the lines of their imports", async () => {
  const index = await indexOf(treeWith(ring))
  const [finding] = await findingsOf({ index, rules: ["coupling"] })
  expect(finding).toMatchObject({ rule: "coupling/import-cycle", severity: "warning", path: "src/a.ts", startLine: 1 })
  expect(finding?.message).toContain("src/a.ts -> src/b.ts -> src/c.ts -> src/a.ts")
  expect(finding?.related.map(({ path, startLine, says }) => `${path}:${startLine} ${says}`)).toEqual([
    "src/b.ts:2 b.ts imports c.ts",
    "src/c.ts:1 c.ts imports a.ts",
  ])
})

test("a cycle that only types close is no more than a note", async () => {
  const files = { ...ring, "src/c.ts": 'import type { a } from "./a.ts"\nexport const c = (x: typeof a) => x\n' }
  const index = await indexOf(treeWith(files))
  const found = await findingsOf({ index, rules: ["coupling"] })
  expect(found.map(({ severity, tags }) => [severity, tags])).toEqual([["note", ["coupling", "types-only"]]])
})

test("what nothing uses is told apart from what only its file uses and what is an entry point", async () => {
  const index = await indexOf(
    treeWith({
      "package.json": JSON.stringify({ name: "x", exports: "./dist/entry.js", bin: { x: "src/cli.ts" } }),
      "src/entry.ts": "export function offered() {}\n",
      "src/cli.ts": "export function program() {}\n",
      "src/a.ts":
        "export function lost() {}\nfunction alone() {}\nexport function inner() {}\nexport const taken = inner\n",
      "src/b.ts": 'import { taken } from "./a.ts"\nconsole.log(taken)\n',
      "src/b.test.ts": "export function onlyInTests() {}\n",
    }),
  )
  expect(told(await findingsOf({ index, rules: ["dead-code"] }))).toEqual([
    "dead-code/unused-definition src/a.ts:2",
    "dead-code/unused-export src/a.ts:1",
    "dead-code/unused-export src/a.ts:3",
  ])
})

test("what is decorated is used by its decorator", async () => {
  const index = await indexOf(
    treeWith({
      "a.py":
        "rules = []\ndef rule(f): rules.append(f); return f\n\n@rule\ndef _one(h): return h\n\n@rule(\n    1,\n)\n# why\ndef _two(h): return h\n\ndef _three(h):\n    return h\n",
    }),
  )
  expect(told(await findingsOf({ index, rules: ["dead-code/unused-definition"] }))).toEqual([
    "dead-code/unused-definition a.py:13",
  ])
})

test("private members that nothing calls are unused, public ones are not looked at", async () => {
  const index = await indexOf(
    treeWith({
      "lib/a.ex": "defmodule A do\n  def begin(x), do: taken(x)\n  defp taken(x), do: x\n  defp gone(x), do: x\nend\n",
      "A.java": "class A {\n  public void open() { used(); }\n  private void used() {}\n  private void lost() {}\n}\n",
    }),
  )
  const found = await findingsOf({ index, rules: ["dead-code/unused-definition"] })
  expect(told(found)).toEqual(["dead-code/unused-definition A.java:4", "dead-code/unused-definition lib/a.ex:4"])
})

test("what is too large or too hard to follow is found by the limits that are set", async () => {
  const index = await indexOf(
    treeWith({ "a.ts": "export function f(a, b, c) {\n  if (a) {\n    if (b) {\n      return c\n    }\n  }\n}\n" }),
  )
  const limits = {
    ...defaultLimits,
    functionLines: 6,
    parameters: 2,
    nesting: 1,
    cyclomatic: 2,
    cognitive: 2,
    fileLines: 6,
  }
  const rules = ["size", "complexity"]
  expect(told(await findingsOf({ index, rules, limits }))).toEqual([
    "size/file a.ts:1",
    "complexity/cognitive a.ts:1",
    "complexity/cyclomatic a.ts:1",
    "size/function a.ts:1",
    "size/nesting a.ts:1",
    "size/parameters a.ts:1",
  ])
  expect(await findingsOf({ index, rules })).toEqual([])
})

test("an exported function that decides something and has no test is a gap", async () => {
  const hard =
    "export function hard(a) { if (a && a.b || a.c) { for (const x of a) { if (x) {} } } return a ? 1 : a ? 2 : 3 }\n"
  const index = await indexOf(treeWith({ ...shop, "src/hard.ts": hard }))
  expect(told(await findingsOf({ index, rules: ["tests"] }))).toEqual(["tests/untested src/hard.ts:1"])
})

test("a second analysis looks only at what changed, and says what one from the start says", async () => {
  const root = treeWith({ ...ring, ...shop })
  const index = await indexOf(root)
  const cache = openFactCache(join(treeWith(), "facts.db"))
  onTestFinished(() => cache.close())
  const first = here()
  await findingsOf({ index, cache, parser: first.parser })
  expect(first.examined.sort()).toEqual(index.files())
  writeFileSync(join(root, "src/a.ts"), `${ring["src/a.ts"]}try { a() } catch {}\n`)
  rmSync(join(root, "src/basket.ts"))
  await index.update()
  const second = here()
  const found = await findingsOf({ index, cache, parser: second.parser })
  expect(second.examined).toEqual(["src/a.ts"])
  expect(told(found)).toContain("smell/empty-catch src/a.ts:3")
  expect(found).toEqual(await findingsOf({ index }))
})

test("only wanted paths and rules are told of, and only lines that changed since a revision", async () => {
  const root = treeWith({ "a.ts": "try { f() } catch {}\n", "b/c.ts": "try { f() } catch {}\nf(1, true, false)\n" })
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b.c", ...args], { cwd: root, stdio: "ignore" })
  git("init")
  git("add", ".")
  git("commit", "-m", "first")
  writeFileSync(join(root, "b/c.ts"), "try { f() } catch {}\nf(1, true, false)\ntry { g() } catch {}\n")
  writeFileSync(join(root, "new.ts"), "try { f() } catch {}\n")
  const index = await indexOf(root)
  expect(told(await findingsOf({ index, paths: ["b/"], rules: ["smell/empty-catch"] }))).toEqual([
    "smell/empty-catch b/c.ts:1",
    "smell/empty-catch b/c.ts:3",
  ])
  const changed = await findingsOf({ index, since: "HEAD", git: await openGit(root), rules: ["smell"] })
  expect(told(changed)).toEqual(["smell/empty-catch b/c.ts:3", "smell/empty-catch new.ts:1"])
})

test("files are examined in a process of their own, which ends with the analysis", async () => {
  const index = await indexOf(treeWith(ring))
  const pool = parserProcess({ size: 1 })
  onTestFinished(() => pool.close())
  expect(await findingsOf({ index, parser: pool })).toEqual(await findingsOf({ index }))
})

test("an analysis that is cancelled ends with the reason", async () => {
  const index = await indexOf(treeWith(ring))
  const reason = new Error("enough")
  await expect(findingsOf({ index, signal: AbortSignal.abort(reason) })).rejects.toThrow("enough")
})

test("what a build made of a source is no copy of it; two sources that are alike are", async () => {
  const text = Array.from({ length: 20 }, (_, n) => `export const value${n} = first(${n}) + second(${n})\n`).join("")
  const look = async (files: Readonly<Record<string, string>>) =>
    told(await findingsOf({ index: await indexOf(treeWith(files)), rules: ["duplicate/exact"] }))
  expect(await look({ "lib/rules/one.ts": text, "esm/rules/one.js": text })).toEqual([])
  expect(await look({ "lib/rules/one.ts": text, "lib/rules/two.ts": text })).toEqual([
    "duplicate/exact lib/rules/two.ts:1",
  ])
  // Nothing else has its name: it is no copy made by a build.
  expect(await look({ "lib/rules/one.ts": text, "esm/helper.js": text })).toEqual([
    "duplicate/exact lib/rules/one.ts:1",
  ])
})

test("a file that does not parse is said to, so that it doesn't look as if nothing were wrong in it", async () => {
  const index = await indexOf(
    treeWith({ "a.ts": "export const a = 1\nfunction (((\n", "b.ts": "export const b = 1\n" }),
  )
  const found = await findingsOf({ index, rules: ["syntax"] })
  expect(told(found)).toEqual(["syntax/not-parsed a.ts:2"])
})
