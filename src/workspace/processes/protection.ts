import { spawn } from "node:child_process"
import { promises as fs } from "node:fs"
import { count } from "../../base/text.ts"
import { isInside } from "../contain.ts"
import { type SandboxOptions, sandboxArguments } from "./bubblewrap.ts"
import { controlGroups } from "./control-group.ts"

/** What stands between a program and the rest of the system, in words for a person. */
export interface Protection {
  readonly kind: "bubblewrap" | "process-group"
  readonly what: readonly string[]
}

/** How runs are protected here; found out once. */
export interface Isolation {
  readonly protection: Protection
  /** Absent where there is no bubblewrap that works; `why` then says what is wrong. */
  readonly bubblewrap?: { readonly program: string; readonly forbidsNamespaces: boolean }
  readonly why: string
  readonly groups: Awaited<ReturnType<typeof controlGroups>>
}

export async function isolationOf(options: Omit<SandboxOptions, "forbidsNamespaces">): Promise<Isolation> {
  const groups = await controlGroups()
  const found = options.policy.isolation === "process-group" ? "the policy is not to use it" : await probe(options)
  if (typeof found === "string")
    return { protection: { kind: "process-group", what: groupStatements(found, groups?.limits) }, why: found, groups }
  const what = sandboxStatements(options, found.forbidsNamespaces, groups?.limits)
  return { protection: { kind: "bubblewrap", what }, bubblewrap: found, why: "", groups }
}

/** Makes a sandbox with all that a run would have and runs `true` in it; gives why that failed. */
async function probe(options: Omit<SandboxOptions, "forbidsNamespaces">) {
  if (process.platform !== "linux") return "bubblewrap is only for Linux"
  const program = await programAt("bwrap")
  if (program === undefined) return "there is no bwrap (package bubblewrap)"
  let why = ""
  for (const forbidsNamespaces of [true, false]) {
    const said = await complaint(program, await sandboxArguments({ ...options, forbidsNamespaces }))
    if (said === undefined) return { program, forbidsNamespaces }
    why = said
  }
  return why
}

/** What was said to which arguments: the system's answer stays, and each conversation asks anew. */
const complaints = new Map<string, { readonly said: Promise<string | undefined>; readonly atMs: number }>()
const mostComplaints = 200
const complaintHoldsMs = 10 * 60_000

/** As `complaintOf`, asked once for the same sandbox in a while. A complaint is never kept: somebody may mend it. */
async function complaint(program: string, args: readonly string[]): Promise<string | undefined> {
  const key = JSON.stringify([program, ...args])
  const nowMs = performance.now()
  const known = complaints.get(key)
  if (known && nowMs - known.atMs < complaintHoldsMs) return known.said
  const said = complaintOf(program, args)
  complaints.delete(key)
  complaints.set(key, { said, atMs: nowMs })
  const [oldest] = complaints.keys()
  if (complaints.size > mostComplaints && oldest !== undefined) complaints.delete(oldest)
  if ((await said) !== undefined) complaints.delete(key)
  return said
}

function complaintOf(program: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, [...args, "--as-pid-1", "--", "/bin/sh", "-c", "exit 0"], {
      env: { PATH: "/usr/bin:/bin" },
      stdio: ["ignore", "ignore", "pipe"],
      timeout: 20_000,
      killSignal: "SIGKILL",
    })
    let text = ""
    child.stderr.setEncoding("utf8").on("data", (more: string) => (text = (text + more).slice(0, 500)))
    child.once("error", (error) => resolve(error.message))
    child.once("close", (code) => resolve(code === 0 ? undefined : text.trim() || `it ended with ${code}`))
  })
}

/**
 * An absolute path of one of the system's programs. Not by the PATH: that may lead into the project, where an agent could
 * put a `bwrap` of its own.
 */
export async function programAt(name: string): Promise<string | undefined> {
  for (const folder of ["/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin"]) {
    const path = `${folder}/${name}`
    if (
      await fs.access(path, fs.constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  return undefined
}

const isRoot = () => process.getuid?.() === 0

function sandboxStatements(
  { root, home, policy }: Omit<SandboxOptions, "forbidsNamespaces">,
  forbidsNamespaces: boolean,
  limits: readonly string[] = [],
): string[] {
  const isCounted = limits.includes("processes") || !isRoot()
  return [
    `The project${policy.writable?.length ? ` and ${count(policy.writable.length, "folder")} of the policy` : ""} can be written; git's hooks and settings and .duck can't.`,
    ...(isInside(root, home)
      ? ["The home folder lies in the project and is seen and written, but for places where secrets are known to lie."]
      : []),
    "The rest of the system can only be read; home folders, /run and RubberDuck's own data are not there; /tmp is empty and private.",
    policy.network === true
      ? "The network is there, as for any program."
      : "There is no network: neither the internet nor services of this machine, but for sockets in folders that can be read.",
    "No process outlives its run or the server, sees one outside, or gains rights.",
    ...(forbidsNamespaces ? [] : ["This bubblewrap can't forbid further user namespaces."]),
    limits.includes("memory")
      ? "Memory is limited for the run as a whole."
      : "Memory is limited for each process, not for the run.",
    cpuStatement(limits),
    isCounted
      ? "The number of processes is limited."
      : "The number of processes is not limited: the server is root and no control group can be made.",
  ]
}

const cpuStatement = (limits: readonly string[]) =>
  limits.includes("cpu")
    ? "Time on processors is limited for the run as a whole."
    : "Time on processors is limited for each process, not for the run."

function groupStatements(why: string, limits: readonly string[] = []): string[] {
  return [
    `No sandbox: ${why}.`,
    "Programs may do whatever the server's user may: read and write any of its files and use the network.",
    "Keys and tokens of the server's environment are not passed on.",
    process.platform === "linux"
      ? limits.length > 0
        ? "All processes of a run are ended with it, by their control group."
        : "Processes of a run are ended with it; one that leaves its group and clears its environment can stay."
      : "Processes of a run are ended with it; one that leaves its process group can stay.",
    "When the server is killed, what is in a run's process group ends; the next server ends what has left it.",
    limits.includes("memory")
      ? "Memory is limited for the run as a whole."
      : "Memory is limited for each process, not for the run.",
    cpuStatement(limits),
    limits.includes("processes") ? "The number of processes is limited." : "The number of processes is not limited.",
  ]
}
