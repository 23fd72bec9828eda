import { spawnSync } from "node:child_process"
import { chmodSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import type { Finding } from "../code/finding.ts"
import { fill, git, treeWith } from "../workspace/tree.testing.ts"
import { serverWith } from "./llm/llm.testing.ts"

const bad = "try { run() } catch {}\n"
const filler = Array.from({ length: 12 }, (_, n) => `export const value${n} = ${n}\n`).join("")

/** A repository with our hook, whose `duck` notes the tree that it is asked about and ends with a code. */
async function repository(files: Readonly<Record<string, string>> = {}) {
  const { duck, project } = await serverWith()
  git(project, "init", "-q", "-b", "main")
  const commit = (args: readonly string[], code: number) => {
    const folder = treeWith({
      duck: `#!/bin/sh\nwhile [ "$1" != --tree ]; do shift; done\necho "$2" > "$(dirname "$0")/tree"\nexit ${code}\n`,
    })
    chmodSync(join(folder, "duck"), 0o755)
    const env = {
      ...{ PATH: `${folder}:/usr/bin:/bin`, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" },
      ...{ GIT_AUTHOR_NAME: "A", GIT_AUTHOR_EMAIL: "a@x", GIT_COMMITTER_NAME: "A", GIT_COMMITTER_EMAIL: "a@x" },
    }
    const { status } = spawnSync("git", ["commit", "-qm", "x", ...args], { cwd: project, env, encoding: "utf8" })
    return { status, tree: () => readFileSync(join(folder, "tree"), "utf8").trim() }
  }
  await duck.call("hooks.install", {})
  if (Object.keys(files).length > 0) {
    fill(project, files)
    git(project, "add", ".")
    commit([], 0)
  }
  /** What is said of the commit while git waits for its hook: the hook ends with 1, so that all stays as it was then. */
  const judged = async (...args: string[]) => {
    const { status, tree } = commit(args, 1)
    expect(status).toBe(1)
    const { findings } = await duck.call("analyze", { staged: true, tree: tree(), rule: ["smell"] })
    return places(findings)
  }
  const stage = (path: string, text: string) => {
    fill(project, { [path]: text })
    git(project, "add", "--", path)
  }
  return { duck, project, judged, stage, commit }
}

const places = (findings: readonly Finding[]) => findings.map(({ path, startLine }) => `${path}:${startLine}`)

test("a partly staged file is judged as it is staged, not as it lies in the working tree", async () => {
  const { duck, project, judged, stage } = await repository({ "a.ts": "run()\n" })
  stage("a.ts", `run()\n${bad}`)
  fill(project, { "a.ts": "run()\nagain()\n" })
  expect(await judged()).toEqual(["a.ts:2"])
  // The other way round: what is wrong on disk only is not of this commit.
  stage("a.ts", "run()\nagain()\n")
  fill(project, { "a.ts": `// moved\n${bad}run()\n` })
  expect(await judged()).toEqual([])
  expect((await duck.call("review", { staged: true, noModel: true })).findings).toEqual([])
  stage("a.ts", `run()\n${bad}`)
  fill(project, { "a.ts": "run()\n" })
  expect(places((await duck.call("review", { staged: true, noModel: true })).findings)).toContain("a.ts:2")
})

test("the first commit of an empty repository is judged whole", async () => {
  const { judged, stage } = await repository()
  stage("src/a.ts", `run()\n${bad}`)
  expect(await judged()).toEqual(["src/a.ts:2"])
})

test("of a renamed file only the lines that changed are of the commit", async () => {
  const { project, judged, stage } = await repository({ "a.ts": `${bad}${filler}` })
  git(project, "mv", "a.ts", "b.ts")
  expect(await judged()).toEqual([])
  stage("b.ts", `${bad}${filler}${bad}`)
  expect(await judged()).toEqual(["b.ts:14"])
})

test("names with blanks, quotes and other scripts, empty and binary files are staged like others", async () => {
  const { project, judged, stage } = await repository({ "kept.ts": "run()\n" })
  fill(project, { "empty.ts": "", "data.bin": "\0\u0001\0" })
  git(project, "add", ".")
  stage('src/a "b" c.ts', bad)
  stage("src/日本.ts", `run()\n${bad}`)
  expect(await judged()).toEqual(['src/a "b" c.ts:1', "src/日本.ts:2"])
})

test("a file that is staged and then deleted is judged as it is staged; one whose deletion is staged is not", async () => {
  const { project, judged, stage } = await repository({ "old.ts": `${filler}${bad}` })
  stage("a.ts", bad)
  rmSync(join(project, "a.ts"))
  git(project, "rm", "-q", "--cached", "old.ts")
  expect(await judged()).toEqual(["a.ts:1"])
})

test("git commit -a and git commit <file> are judged by the index that git makes for them", async () => {
  const { project, judged, stage } = await repository({ "a.ts": "run()\n", "b.ts": "run()\n" })
  fill(project, { "a.ts": bad })
  expect(await judged("-a")).toEqual(["a.ts:1"])
  stage("b.ts", bad)
  expect(await judged()).toEqual(["b.ts:1"])
  expect(await judged("a.ts")).toEqual(["a.ts:1"])
})

test("of a merge only what none of its sides has is judged", async () => {
  const { project, judged, stage, commit } = await repository({ "a.ts": "one()\n", "b.ts": "two()\n" })
  git(project, "switch", "-q", "-c", "side")
  fill(project, { "theirs.ts": bad, "a.ts": "one()\nside()\n" })
  git(project, "add", ".")
  commit([], 0)
  git(project, "switch", "-q", "main")
  fill(project, { "a.ts": "one()\nmain()\n" })
  commit(["-a"], 0)
  expect(() => git(project, "merge", "-q", "side")).toThrow()
  stage("a.ts", `one()\nmain()\nside()\n${bad}`)
  expect(await judged()).toEqual(["a.ts:4"])
})

test("what does not go together with --staged is refused", async () => {
  const { duck } = await repository({ "a.ts": "run()\n" })
  for (const input of [{ staged: true, changed: true }, { staged: true, fix: true }, { tree: "a".repeat(40) }]) {
    await expect(duck.call("analyze", input)).rejects.toMatchObject({ code: "INVALID_INPUT" })
  }
  await expect(duck.call("analyze", { staged: true, tree: "--output=x" })).rejects.toMatchObject({ status: 400 })
  await expect(duck.call("analyze", { staged: true, tree: "f".repeat(40) })).rejects.toMatchObject({
    code: "INVALID_INPUT",
    message: expect.stringContaining("There is no tree ffff"),
  })
  await expect(duck.call("review", { tree: "a".repeat(40) })).rejects.toMatchObject({ code: "INVALID_INPUT" })
})
