import { execFileSync } from "node:child_process"
import { globSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { openFabric } from "../src/fabric/embedded/fabric.ts"
import { openCheckpoints } from "../src/workspace/checkpoints/open-checkpoints.ts"
import { describeMachine, printed, quantile, type Report } from "./machine.ts"

/**
 * Checkpoints of a tree of 20,000 files against what others do: a shadow repository, `git add -A` and `git write-tree`
 * with a git folder of its own. Rounds of both alternate. Ours includes the event in the log, on stable storage.
 */
const files = 20_000
const rounds = 15
const changedFiles = 20

export async function run(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "duck-bench-checkpoints-"))
  const [root, data, shadow] = ["tree", "data", "shadow"].map((name) => join(folder, name)) as [string, string, string]
  makeTree(root)
  const fabric = await openFabric({ folder: data })
  const checkpoints = await openCheckpoints({ root, projectId: "bench", dataFolder: data, fabric })
  const ours = async () => timed(() => checkpoints.create("bench", { actor: "bench" }))
  const theirs = () => timed(async () => shadowGit(root, shadow, "add", "-A") && shadowGit(root, shadow, "write-tree"))
  try {
    shadowGit(root, shadow, "init", "-q")
    // The files are in the page cache for both.
    walk(root)
    const coldTheirs = await theirs()
    const coldOurs = await ours()

    const still = { ours: [] as number[], theirs: [] as number[], walk: [] as number[] }
    const edited = { ours: [] as number[], theirs: [] as number[] }
    for (let round = 0; round < rounds; round++) {
      still.theirs.push(await theirs())
      still.ours.push(await ours())
      still.walk.push(await timed(async () => walk(root)))
      edit(root, round)
      edited.theirs.push(await theirs())
      edited.ours.push(await ours())
    }
    rmSync(join(root, "p0"), { recursive: true })
    await ours()
    const undoMs = await timed(() => checkpoints.restore("2", { actor: "bench", paths: ["p0"] }))
    await checkpoints.close()
    const reopened = await openCheckpoints({ root, projectId: "bench", dataFolder: data, fabric })
    const firstMs = await timed(() => reopened.create("bench", { actor: "bench" }))
    await reopened.close()

    const median = (samples: readonly number[]) => quantile(samples, 0.5)
    const ratio = median(still.ours.map((ms, i) => ms / (still.theirs[i] ?? Number.NaN)))
    const next = median(still.ours)
    return {
      title: `Checkpoints of ${files.toLocaleString("en-US")} files`,
      rows: [
        { what: "shadow git, cold", value: ms(coldTheirs) },
        { what: "checkpoint, cold", value: ms(coldOurs), goal: "<= shadow git", met: coldOurs <= coldTheirs },
        { what: "shadow git, next", value: ms(median(still.theirs)) },
        { what: "checkpoint, next", value: ms(next), goal: "< 40 ms", met: next < 40 },
        { what: "ratio", value: `${ratio.toFixed(2)} x`, goal: "<= 1 x", met: ratio <= 1 },
        { what: "a bare lstat of every file, in this process", value: ms(median(still.walk)) },
        { what: `shadow git, next, ${changedFiles} files changed`, value: ms(median(edited.theirs)) },
        { what: `checkpoint, next, ${changedFiles} files changed`, value: ms(median(edited.ours)) },
        { what: `restore of a deleted folder of ${files / 40} files`, value: ms(undoMs) },
        { what: "first checkpoint of a server that starts anew", value: ms(firstMs) },
        { what: "stored by shadow git", value: size(folderSize(shadow)) },
        { what: "stored by checkpoints, with the cache", value: size(folderSize(join(data, "checkpoints"))) },
      ],
      notes: [
        `median of ${rounds} alternating rounds; the cold ones once, with the files in the page cache`,
        "a checkpoint is durable with its event when it returns; git does not sync",
      ],
    }
  } finally {
    await checkpoints.close()
    await fabric.close()
    rmSync(folder, { recursive: true })
  }
}

const ms = (value: number) => `${value.toFixed(value < 100 ? 1 : 0)} ms`
const size = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

/** A thousand folders of twenty source files, 2 kB each on average, no two alike. */
function makeTree(root: string): void {
  for (let folder = 0; folder < files / 20; folder++) {
    const path = join(root, `p${folder % 40}/module-${folder}`)
    mkdirSync(path, { recursive: true })
    for (let file = 0; file < 20; file++) {
      const n = folder * 20 + file
      const line = `export const value${n} = ${Math.sin(n)} // ${Math.cos(n)}\n`
      writeFileSync(join(path, `file-${file}.ts`), line.repeat(5 + (n % 60)))
    }
  }
}

function edit(root: string, round: number): void {
  for (let i = 0; i < changedFiles; i++)
    writeFileSync(join(root, `p${i}/module-${i}/file-${round}.ts`), `changed in round ${round}\n`)
}

function shadowGit(root: string, folder: string, ...args: string[]): string {
  const env = { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_NOSYSTEM: "1" }
  const stdio: ["ignore", "pipe", "ignore"] = ["ignore", "pipe", "ignore"]
  return `${execFileSync("git", [`--git-dir=${folder}`, `--work-tree=${root}`, ...args], { cwd: root, env, stdio })} `
}

function walk(folder: string): void {
  for (const name of readdirSync(folder)) {
    const path = `${folder}/${name}`
    if (lstatSync(path).isDirectory()) walk(path)
  }
}

const folderSize = (folder: string) =>
  globSync("**", { cwd: folder }).reduce((sum, path) => sum + statSync(join(folder, path)).size, 0)

if (import.meta.main) {
  console.log(describeMachine())
  console.log(printed(await run()))
}
