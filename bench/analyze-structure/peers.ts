import { execFile } from "node:child_process"
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { promisify } from "node:util"
import { z } from "zod"

const run$ = promisify(execFile)
export const peers = [
  "eslint@10",
  "eslint-plugin-sonarjs@4",
  "@typescript-eslint/parser@8",
  "typescript@5",
  "jscpd@4",
] as const

/** Installs the peers from npm into a folder that does not have them yet. */
export async function installPeers(folder: string): Promise<void> {
  if (existsSync(join(folder, "node_modules", "jscpd"))) return
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n')
  await run$("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...peers], { cwd: folder })
}

/** Runs a program of Node's; findings make these end with 1. */
export async function timedRun(
  args: readonly string[],
  cwd: string,
): Promise<{ readonly tookMs: number; readonly stdout: string }> {
  const begunMs = performance.now()
  const options = { cwd, maxBuffer: 1 << 29, env: { ...process.env, NODE_OPTIONS: "--max-old-space-size=4096" } }
  const { stdout } = await run$(process.execPath, [...args], options).catch(
    (error: { code?: unknown; stdout?: string }) => {
      if (error.code !== 1) throw error
      return { stdout: error.stdout ?? "" }
    },
  )
  return { tookMs: performance.now() - begunMs, stdout }
}

const Place = z.object({ name: z.string(), start: z.number(), end: z.number() })
const Clones = z.object({
  duplicates: z.array(z.object({ tokens: z.number(), firstFile: Place, secondFile: Place })),
})
export type Clone = z.infer<typeof Clones>["duplicates"][number]

/** jscpd over a folder: its time, and what it takes for copies. `report` is a folder that it may write to. */
export async function runJscpd(root: string, tools: string, report: string) {
  const manifest = z
    .object({ bin: z.record(z.string(), z.string()) })
    .parse(JSON.parse(readFileSync(join(tools, "node_modules/jscpd/package.json"), "utf8")))
  const program = join(tools, "node_modules/jscpd", Object.values(manifest.bin)[0] ?? "")
  const args = ["--reporters", "json", "--output", report, "--silent", "--max-size", "1mb", "--max-lines", "20000"]
  const { tookMs, stdout } = await timedRun([program, root, ...args], tools)
  if (!existsSync(join(report, "jscpd-report.json"))) throw new Error(`jscpd made no report: ${stdout.slice(0, 500)}`)
  const clones = Clones.parse(JSON.parse(readFileSync(join(report, "jscpd-report.json"), "utf8"))).duplicates
  return { tookMs, clones }
}
