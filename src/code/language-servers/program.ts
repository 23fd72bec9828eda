import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process"
import { realpath } from "node:fs/promises"
import { dirname, isAbsolute } from "node:path"
import { newId } from "../../base/ids.ts"
import { isInside } from "../../workspace/contain.ts"
import { sandboxArguments } from "../../workspace/processes/bubblewrap.ts"
import { environmentOf } from "../../workspace/processes/environment.ts"
import { isolationOf } from "../../workspace/processes/protection.ts"
import { recordsIn, runRecords } from "../../workspace/processes/run-records.ts"
import { killGroup, killMarked } from "../../workspace/processes/survivors.ts"
import type { FoundServer } from "./find.ts"
import { LanguageServerError } from "./language-servers.ts"

export interface ProgramOptions {
  readonly root: string
  readonly home: string
  /** RubberDuck's own; no program sees it. */
  readonly dataFolder: string
  readonly env: NodeJS.ProcessEnv
  readonly now: number
}

/** A server's process, which speaks on its standard input and output. */
export interface ServerProgram {
  readonly pid: number
  readonly isSandboxed: boolean
  readonly input: ChildProcessWithoutNullStreams["stdin"]
  readonly output: ChildProcessWithoutNullStreams["stdout"]
  /** The end of what it has complained of. */
  complaints(): string
  /** Resolves when it has ended, by itself or not. */
  readonly ended: Promise<void>
  /** Ends it and all it has started; resolves when nothing of it lives. */
  end(): Promise<void>
}

/** Why a server is not run as things are; undefined where it may be. */
export const refusalOf = ({ from, command }: FoundServer, root: string, isSandboxed: boolean): string | undefined =>
  !isSandboxed && (from === "project" || (from !== "set" && isInside(root, command[0])))
    ? "it belongs to the project, and there is no sandbox to run it in: install it yourself, or name it in lsp.servers"
    : undefined

const policy = (dataFolder: string) => ({ hidden: [dataFolder] })

/**
 * Where a server's own files lie, which the sandbox must show also in a folder that it empties, such as the user's home:
 * of each absolute word of the command the folder of packages around what it leads to, else its folder; where that is
 * the home folder or around it, the file alone.
 */
async function placesOf(command: readonly string[], home: string): Promise<string[]> {
  const places = new Set<string>()
  for (const word of command.filter(isAbsolute)) {
    const path = await realpath(word).catch(() => undefined)
    if (path === undefined) continue
    const packages = /^(.*?[\\/]node_modules)[\\/]/.exec(path)?.[1]
    const folder = packages ?? dirname(path)
    places.add(isInside(folder, home) ? path : folder)
  }
  return [...places]
}

export async function isSandboxed({ root, home, dataFolder }: ProgramOptions): Promise<boolean> {
  return (await isolationOf({ root, home, policy: policy(dataFolder) })).bubblewrap !== undefined
}

/**
 * Starts a server in the sandbox where there is one: it sees the project and the tools, no network and no secrets. Throws
 * LanguageServerError.
 */
export async function startProgram(found: FoundServer, options: ProgramOptions): Promise<ServerProgram> {
  const { root, home, dataFolder, env, now } = options
  const { bubblewrap } = await isolationOf({ root, home, policy: policy(dataFolder) })
  const refusal = refusalOf(found, root, bubblewrap !== undefined)
  if (refusal) throw new LanguageServerError(found.name, `is not run: ${refusal}`)
  const id = newId(now)
  const records = runRecords(recordsIn(dataFolder))
  await records.write(id, { groups: [] })
  const homeReadable = await placesOf(found.command, home)
  const sandbox = { root, home, policy: { ...policy(dataFolder), homeReadable } }
  const inside = environmentOf({ of: env, alsoPass: [], set: {}, runId: id })
  const words = bubblewrap
    ? [
        bubblewrap.program,
        ...(await sandboxArguments({ ...sandbox, forbidsNamespaces: bubblewrap.forbidsNamespaces })),
        ...["--clearenv", ...Object.entries(inside).flatMap(([name, value]) => ["--setenv", name, value])],
        ...["--chdir", root, "--", ...found.command],
      ]
    : found.command
  const [program = "", ...args] = words
  const child = spawn(program, args, {
    cwd: bubblewrap ? "/" : root,
    env: bubblewrap ? { PATH: "/usr/bin:/bin", DUCK_RUN: id } : inside,
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  })
  const { promise: ended, resolve } = Promise.withResolvers<void>()
  await new Promise<void>((started, failed) => {
    child.once("spawn", started)
    child.once("error", failed)
  }).catch(async (cause) => {
    await records.remove(id)
    throw new LanguageServerError(found.name, `can't be started: ${cause.message}`, { cause })
  })
  const pid = child.pid as number
  await records.write(id, { groups: [], leader: pid })
  let said = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2_000)))
  // What is written to one that has ended is lost, which `ended` tells.
  child.stdin.on("error", () => {})
  child.once("exit", () => resolve())
  const cleared = ended.then(async () => {
    killGroup(pid)
    if (await killMarked([id])) await records.remove(id)
  })
  cleared.catch(() => {})
  return {
    pid,
    isSandboxed: bubblewrap !== undefined,
    input: child.stdin,
    output: child.stdout,
    complaints: () => said.trim(),
    ended,
    async end() {
      killGroup(pid)
      await cleared
    },
  }
}
