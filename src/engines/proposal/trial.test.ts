import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { expect, test } from "vitest"
import { indexOf } from "../../code/project.testing.ts"
import { checkerCache } from "../../workspace/diagnostics/cache.ts"
import { openProcesses } from "../../workspace/processes/processes.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { openTrial, type ProcessesAt } from "./trial.ts"

const compilerOptions = { strict: true, noEmit: true, types: [], allowImportingTsExtensions: true, module: "preserve" }
const files = {
  "tsconfig.json": JSON.stringify({ compilerOptions }),
  ".gitignore": "node_modules\n",
  "src/money.ts": "export const round = (amount: number): number => Math.round(amount)\n",
  "src/price.ts": 'import { round } from "./money.ts"\nexport const price = (net: number): number => round(net)\n',
  "src/old.ts": "export const old: string = 1\n",
}

/** A project with this repository's compiler, whose programs keep what they like in a data folder that is hidden from them. */
async function project() {
  const root = treeWith(files)
  symlinkSync(resolve("node_modules"), join(root, "node_modules"))
  const data = treeWith({ "home/x": "", secret: "" })
  const workspace = await openWorkspace({ root, audit: () => {} })
  const index = await indexOf(root)
  const seen: string[] = []
  const processesAt: ProcessesAt = async (folder, homeReadable, copyOf = folder) => {
    seen.push(folder)
    const cacheFolder = await checkerCache(data, copyOf)
    const processes = await openProcesses({
      root: folder,
      policy: { hidden: [data], caches: [cacheFolder], homeReadable },
      ...{ outputFolder: join(data, "runs"), recordFolder: join(data, "running"), audit: () => {} },
      env: { PATH: "/usr/bin:/bin", HOME: join(data, "home") },
    })
    return { ...processes, cacheFolder }
  }
  const { signal } = new AbortController()
  const open = () => openTrial({ root, workspace, index, processesAt, path: "/usr/bin:/bin", signal })
  /** What is new with another text of `src/money.ts`. */
  const tried = async (from: string, to: string, trial = open()) => {
    const { hash, text } = await workspace.read("src/money.ts")
    const changed = { kind: "change", path: "src/money.ts", beforeHash: hash, after: text.replace(from, to) } as const
    const { findings, runs } = await trial.types([changed])
    await trial.close()
    return [...runs.flatMap(({ problem }) => problem ?? []), ...findings.map(({ path, rule }) => `${path} ${rule}`)]
  }
  return { root, data, open, tried, seen }
}

test("each trial tells of its own change, with what the compiler kept of the one before", {
  timeout: 60_000,
}, async () => {
  const { root, data, tried, seen } = await project()
  const broken = ["src/price.ts tsc/TS2305"]
  expect(await tried("round =", "fifth =")).toEqual(broken)
  expect(await tried("Math.round", "Math.floor")).toEqual([])
  expect(await tried("round =", "ninth =")).toEqual(broken)
  expect(await tried(": number =>", ": string =>")).toEqual(["src/money.ts tsc/TS2322", "src/price.ts tsc/TS2322"])
  const caches = join(data, "checkers")
  const kept = readdirSync(caches, { recursive: true }).map(String)
  expect(kept.filter((path) => path.endsWith(".tsbuildinfo")).length).toBe(1)
  expect(new Set(seen).size).toBe(1)
  expect(seen.some((folder) => existsSync(folder))).toBe(false)
  expect(readFileSync(join(root, "src/money.ts"), "utf8")).toBe(files["src/money.ts"])
})

test("two trials at a time have a copy each", { timeout: 60_000 }, async () => {
  const { tried, seen } = await project()
  const both = await Promise.all([tried("round =", "fifth ="), tried("Math.round", "Math.floor")])
  expect(both).toEqual([["src/price.ts tsc/TS2305"], []])
  expect(new Set(seen).size).toBe(2)
})
