import { execFile } from "node:child_process"
import { promisify } from "node:util"
import { version } from "../../base/version.ts"
import { type Check, type Examination, note, ok, problem } from "./check.ts"

const run = promisify(execFile)
const leastNode = 26

/** RubberDuck itself and the programs it uses. */
export async function installation({ host, folder, signal }: Examination): Promise<Check[]> {
  return [node(), await parser(), await git(signal), ...settings({ host, folder })]
}

function node(): Check {
  const major = Number(process.versions.node.split(".")[0])
  const says = `RubberDuck ${version} on Node ${process.versions.node}, ${process.platform}-${process.arch}`
  if (major >= leastNode) return ok("installation", says)
  return problem("installation", says, `Node ${leastNode} or newer is needed; run \`npm ci\` in RubberDuck's folder.`)
}

async function parser(): Promise<Check> {
  try {
    const { parseFile } = await import("../../code/parse/parse-file.ts")
    const { symbols } = await parseFile("check.ts", "export function check() {}\n")
    if (symbols.length !== 1) throw new Error("a function was not found in a file that has one")
    return ok("parser", "grammars are there and work")
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return problem("parser", `Code can't be parsed: ${why}`, "Run `npm ci` in RubberDuck's folder again.")
  }
}

async function git(signal: AbortSignal): Promise<Check> {
  try {
    const { stdout } = await run("git", ["--version"], { signal, timeout: 10_000 })
    return ok("git", stdout.trim())
  } catch {
    return note("git", "There is no git program.", "Everything works without it, but there is no history to search.")
  }
}

function settings({ host, folder }: Pick<Examination, "host" | "folder">): Check[] {
  const { warnings } = host.config.load(folder)
  if (warnings.length === 0) return [ok("settings", "all understood")]
  return warnings.map(({ where, message }) =>
    problem("settings", `${where}: ${message}`, "Edit the file; `duck config path` shows which are read."),
  )
}
