import { chmodSync, existsSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { openProcesses } from "../processes/processes.ts"
import { fill, treeWith } from "../tree.testing.ts"
import { type DiagnoseOptions, diagnose } from "./diagnose.ts"

/** A project with the tools of this repository, its programs as real as any. */
async function projectWith(files: Readonly<Record<string, string>>, hasTools = true) {
  const around = treeWith({ "home/x": "" })
  const root = join(around, "project")
  fill(around, Object.fromEntries(Object.entries(files).map(([path, text]) => [`project/${path}`, text])))
  if (hasTools) symlinkSync(resolve("node_modules"), join(root, "node_modules"))
  const processes = await openProcesses({
    root,
    // Where this repository lies in a folder that the sandbox empties, its tools would not be there.
    policy: { hidden: [], homeReadable: [resolve("node_modules")] },
    outputFolder: join(around, "runs"),
    recordFolder: join(around, "running"),
    audit: () => {},
    env: { PATH: "/usr/bin:/bin", HOME: join(around, "home") },
  })
  onTestFinished(() => processes.close())
  const look = (more: Partial<DiagnoseOptions> = {}) =>
    diagnose({ root, processes, signal: new AbortController().signal, ...more })
  return { root, look }
}

const compiler = JSON.stringify({ compilerOptions: { strict: true, noEmit: true, composite: true, types: [] } })

test("the compiler and the linter that a project is set up for are run, and nothing is written", async () => {
  const { root, look } = await projectWith({
    "tsconfig.json": compiler,
    "biome.json": "{}",
    "src/a.ts": 'export const a: number = "text"\n',
    "src/b.ts": "export const b = 1\ndebugger\n",
  })
  const { diagnostics, runs } = await look()
  expect(runs.map(({ tool, problem }) => [tool, problem])).toEqual([
    ["tsc", undefined],
    ["biome", undefined],
  ])
  expect(diagnostics).toMatchObject([
    { tool: "tsc", path: "src/a.ts", line: 1, column: 14, severity: "error", rule: "TS2322" },
    { tool: "biome", path: "src/b.ts", line: 2, column: 1, severity: "error", rule: "lint/suspicious/noDebugger" },
  ])
  expect(existsSync(join(root, "tsconfig.tsbuildinfo"))).toBe(false)
  const one = await look({ paths: ["src/b.ts"], kind: "lint" })
  expect([one.runs.length, one.diagnostics.map(({ path }) => path)]).toEqual([1, ["src/b.ts"]])
  expect((await look({ paths: ["README.md"] })).runs).toEqual([])
})

test("each package's own configuration is for its own files", async () => {
  const { look } = await projectWith({
    "tsconfig.json": JSON.stringify({ files: [], references: [{ path: "./tsconfig.app.json" }] }),
    "tsconfig.app.json": JSON.stringify({ compilerOptions: { strict: true, types: [] }, include: ["app"] }),
    "app/x.ts": "export const x: string = 1\n",
    "packages/one/tsconfig.json": compiler,
    "packages/one/y.ts": "export const y: string = 2\n",
  })
  const { diagnostics, runs } = await look()
  expect(runs.map(({ folder }) => folder)).toEqual(["", "packages/one"])
  expect(diagnostics.map(({ path }) => path)).toEqual(["app/x.ts", "packages/one/y.ts"])
  expect((await look({ paths: ["packages/one/y.ts"] })).runs.map(({ folder }) => folder)).toEqual(["packages/one"])
})

test("a tool that is not installed, one that fails and one that may not run say so; that is not 'nothing found'", async () => {
  const { root, look } = await projectWith(
    {
      "tsconfig.json": "{}",
      "a.ts": "",
      "ruff.toml": "",
      "b.py": "",
      ".venv/bin/ruff": "#!/bin/sh\necho broken >&2\nexit 2\n",
    },
    false,
  )
  chmodSync(join(root, ".venv/bin/ruff"), 0o755)
  const problems = async (more: Partial<DiagnoseOptions> = {}) => {
    const { diagnostics, runs } = await look(more)
    return [diagnostics.length, ...runs.map(({ tool, problem }) => `${tool}: ${problem}`)]
  }
  expect(await problems()).toEqual([
    0,
    "tsc: it is configured, but tsc is not installed here",
    "ruff: it failed (exit code 2): broken",
  ])
  expect(await problems({ refuse: async () => "no" })).toEqual([0, "tsc: no", "ruff: no"])
})

test("much output is read to its end, and odd names reach the tool as they are", async () => {
  const odd = 'it\'s $(a) "b" file.py'
  const script = `#!${process.execPath}
const files = process.argv.slice(process.argv.indexOf("--quiet") + 1)
const one = (filename, row) => ({ code: "X1", message: "m".repeat(100), filename, location: { row, column: 1 } })
console.error("a warning of the tool's own")
console.log(JSON.stringify(files.flatMap((file) => Array.from({ length: 2000 }, (_, n) => one(file, n + 1)))))
process.exit(1)
`
  const { root, look } = await projectWith(
    { "pyproject.toml": "[tool.ruff.lint]\n", [odd]: "", "-x.py": "", ".venv/bin/ruff": script },
    false,
  )
  chmodSync(join(root, ".venv/bin/ruff"), 0o755)
  const { diagnostics, runs } = await look({ paths: [odd, "-x.py"] })
  expect(runs.map(({ problem }) => problem)).toEqual([undefined])
  expect(diagnostics.length).toBe(4000)
  expect([...new Set(diagnostics.map(({ path }) => path))].sort()).toEqual(["-x.py", odd])
})

test("a cancelled call ends its tool and says so", async () => {
  const { root, look } = await projectWith(
    { "ruff.toml": "", "a.py": "", ".venv/bin/ruff": "#!/bin/sh\nsleep 100\n" },
    false,
  )
  chmodSync(join(root, ".venv/bin/ruff"), 0o755)
  const cancelling = new AbortController()
  const running = look({
    signal: cancelling.signal,
    refuse: async () => void setImmediate(() => cancelling.abort(new Error("enough"))),
  })
  await expect(running).rejects.toThrow("enough")
  const slow = await look({ timeoutMs: 200 })
  expect(slow.runs[0]?.problem).toBe("it did not end within 0.2 s")
})
