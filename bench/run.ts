import { globSync, mkdirSync, writeFileSync } from "node:fs"
import { basename, join } from "node:path"
import { describeMachine, machine, printed, type Report } from "./machine.ts"

/**
 * `npm run bench [-- name...]`: runs the named benchmarks (all without a name), one after the other so that none
 * disturbs another, prints them, and saves each under `bench/results/` with the machine's description.
 * Exit code 1 when a goal was missed or a benchmark failed. `bench/retrieval/` wants a repository and is run by itself.
 */
const shared = new Set(["machine", "run"])
const folder = import.meta.dirname
const known = globSync("*.ts", { cwd: folder })
  .map((file) => basename(file, ".ts"))
  .filter((name) => !shared.has(name) && !name.endsWith(".test"))
  .sort()
const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !known.includes(name))
if (unknown.length > 0) {
  console.error(`No benchmark named ${unknown.join(", ")}. There are: ${known.join(", ")}.`)
  process.exit(2)
}

console.log(`${describeMachine()}\n`)
for (const name of asked.length > 0 ? asked : known) {
  try {
    const module = (await import(join(folder, `${name}.ts`))) as { run?: () => Promise<Report> }
    if (!module.run) continue
    const report = await module.run()
    console.log(`${printed(report)}\n`)
    mkdirSync(join(folder, "results"), { recursive: true })
    const saved = { ...report, machine: machine(), takenAt: new Date().toISOString() }
    writeFileSync(join(folder, "results", `${name}.json`), `${JSON.stringify(saved, null, 2)}\n`)
    if (report.rows.some((row) => row.met === false)) process.exitCode = 1
  } catch (error) {
    console.error(`${name} failed:`, error, "\n")
    process.exitCode = 1
  }
}
