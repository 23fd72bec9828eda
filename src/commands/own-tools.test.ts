import { execFileSync } from "node:child_process"
import { chmodSync, cpSync, mkdirSync, rmSync, symlinkSync } from "node:fs"
import { delimiter, dirname, join, resolve } from "node:path"
import { expect, test } from "vitest"
import { duckClient } from "../clients/sdk/index.ts"
import { fill, git, treeWith } from "../workspace/tree.testing.ts"
import { asText, serverWith, textOf } from "./llm/llm.testing.ts"

const files = {
  "tsconfig.json": JSON.stringify({ compilerOptions: { strict: true, noEmit: true, types: [] } }),
  "biome.json": "{}",
  ".gitignore": "node_modules\n",
  "src/a.ts": 'export const a: number = "text"\n',
  "src/b.ts": "export const b = 1\ndebugger\n",
}

/** A project that is set up for this repository's own TypeScript compiler and Biome, as real as any. */
async function project({ without = "" } = {}) {
  // Not the path of this repository's own tools: the project has what it has.
  const server = await serverWith({ env: { PATH: [dirname(process.execPath), "/usr/bin", "/bin"].join(delimiter) } })
  // Not in the server's own folder, which the sandbox hides.
  const root = treeWith({})
  mkdirSync(join(root, "node_modules/.bin"), { recursive: true })
  for (const name of ["typescript", "@typescript", "@biomejs"]) install(name, join(root, "node_modules", name))
  for (const [name, program] of Object.entries(programs).filter(([name]) => name !== without)) {
    symlinkSync(program, join(root, "node_modules/.bin", name))
  }
  fill(root, files)
  git(root, "init", "-q", "-b", "main")
  git(root, "add", ".")
  git(root, "-c", "user.name=A", "-c", "user.email=a@x", "commit", "-qm", "first")
  const duck = duckClient({ address: { url: server.url, token: server.file.token }, project: root })
  return { duck, root }
}

const programs = { tsc: "../typescript/bin/tsc", biome: "../@biomejs/biome/bin/biome" }

/** By hard links where the disk is the same: the sandbox may not show where a symbolic one leads. */
function install(name: string, to: string) {
  const from = resolve("node_modules", name)
  try {
    execFileSync("cp", ["-rl", from, to], { stdio: "ignore" })
  } catch {
    rmSync(to, { recursive: true, force: true })
    cpSync(from, to, { recursive: true })
  }
}

const places = (findings: readonly { source: string; rule: string; path: string; startLine: number }[]) =>
  findings.map(({ source, rule, path, startLine }) => `${source} ${rule} ${path}:${startLine}`).sort()

test("what the project's own compiler and linter find are findings with their names and rules", async () => {
  const { duck } = await project()
  const found = await duck.call("analyze", { tools: true })
  expect(found.tools.map(({ tool, problem }) => [tool, problem])).toEqual([
    ["tsc", undefined],
    ["biome", undefined],
  ])
  expect(places(found.findings.filter(({ source }) => source !== "duck"))).toEqual([
    "biome biome/lint/suspicious/noDebugger src/b.ts:2",
    "tsc tsc/TS2322 src/a.ts:1",
  ])
  const one = await duck.call("analyze", { tools: true, paths: ["src/b.ts"], rule: ["biome/lint"] })
  expect(places(one.findings)).toEqual(["biome biome/lint/suspicious/noDebugger src/b.ts:2"])
  for (const paths of [["."], ["./src/"]]) {
    const all = await duck.call("analyze", { tools: true, paths, rule: ["biome/lint"] })
    expect(places(all.findings)).toEqual(places(one.findings))
  }
  await expect(duck.call("analyze", { tools: true, paths: ["src/c.ts"] })).rejects.toMatchObject({ status: 400 })
})

test("a tool that is missing and one that fails are told, and what the other finds is shown", async () => {
  const { duck, root } = await project({ without: "tsc" })
  const missing = await duck.run("analyze", { tools: true }, asText)
  expect(textOf(missing)).toContain("tsc has nothing to say: it is configured, but tsc is not installed here")
  expect(places(missing.output.findings).join(" ")).toContain("biome/lint/suspicious/noDebugger")
  fill(root, { "node_modules/.bin/tsc": "#!/bin/sh\necho out of memory >&2\nexit 134\n" })
  chmodSync(join(root, "node_modules/.bin/tsc"), 0o755)
  const failing = await duck.call("analyze", { tools: true })
  expect(failing.tools[0]?.problem).toContain("out of memory")
})

test("a review shows what the tools find in changed lines, and says where they could not look", async () => {
  const { duck, root } = await project()
  fill(root, { "src/b.ts": "export const b = 1\ndebugger\nexport const c: string = 2\n" })
  const review = await duck.call("review", { tools: true, noModel: true })
  expect(places(review.findings.filter(({ source }) => source !== "duck"))).toEqual(["tsc tsc/TS2322 src/b.ts:3"])
  // Tools read the disk, where another text lies than the one that is staged.
  git(root, "add", ".")
  fill(root, { "src/b.ts": "export const b = 1\n" })
  const staged = await duck.call("review", { tools: true, staged: true, noModel: true })
  expect(staged.findings.filter(({ source }) => source !== "duck")).toEqual([])
  expect(staged.notes.join(" ")).toContain("1 file on disk differ")
})
