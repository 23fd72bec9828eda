import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

export const root = join(import.meta.dirname, "../..")
export const duckProgram = join(root, "bin", "duck.mjs")

if (!existsSync(join(root, "dist", "cli.js"))) {
  throw new Error("The end-to-end tests run what is built: run `npm run build` first (`npm test` does).")
}

export interface Ran {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Another Node, or another `duck.mjs`. */
  readonly node?: string
  readonly program?: string
  readonly onSpawn?: (child: ChildProcess) => void
}

export interface ServerFile {
  readonly pid: number
  readonly port: number
  readonly token: string
  readonly version: string
  readonly instance: string
}

/** A data folder and a project of their own; every process that was started for them is ended with them. */
export interface Place {
  readonly home: string
  readonly project: string
  readonly env: NodeJS.ProcessEnv
  duck(args: readonly string[], options?: RunOptions): Promise<Ran>
  /** `server.json`, or undefined. */
  server(): ServerFile | undefined
  write(path: string, text: string): void
  git(...args: string[]): string
  [Symbol.asyncDispose](): Promise<void>
}

/** A small project in which questions have answers. */
export const sampleFiles: Readonly<Record<string, string>> = {
  "package.json": '{ "name": "sample", "version": "1.0.0" }\n',
  "src/token.ts": `import { writeFileSync } from "node:fs"

/** Writes the token file that the client reads at start-up. */
export function writeTokenFile(path: string, token: string): void {
  writeFileSync(path, token, { mode: 0o600 })
}
`,
  "src/retry.ts": `/** Calls the work again after a growing pause: exponential backoff. */
export async function retryWithBackoff<T>(work: () => Promise<T>, attempts = 3): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === attempts) throw error
    }
  }
}
`,
  "src/start.ts": `import { retryWithBackoff } from "./retry.ts"
import { writeTokenFile } from "./token.ts"

export async function start(): Promise<void> {
  await retryWithBackoff(async () => writeTokenFile("/tmp/token", "secret"))
}
`,
  "README.md": "# Sample\n\nA project to ask questions about.\n",
}

export function place(
  files: Readonly<Record<string, string>> = sampleFiles,
  { isRepository = true }: { readonly isRepository?: boolean } = {},
): Place {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "duck-e2e-")))
  const home = join(folder, "home")
  const project = join(folder, "project")
  mkdirSync(project)
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    HOME: join(folder, "user"),
    DUCK_HOME: home,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CEILING_DIRECTORIES: folder,
    NODE_OPTIONS: "",
  }
  // What the surroundings of the test runner say of colours and of other servers is not part of a test.
  for (const name of ["NO_COLOR", "FORCE_COLOR", "CI", "DUCK_SERVER", "DUCK_TOKEN", "VITEST"]) {
    delete env[name]
  }
  mkdirSync(env.HOME ?? folder)
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
      cwd: project,
      env,
      encoding: "utf8",
    })
  const write = (path: string, text: string) => {
    mkdirSync(dirname(join(project, path)), { recursive: true })
    writeFileSync(join(project, path), text)
  }
  for (const [path, text] of Object.entries(files)) write(path, text)
  if (isRepository) {
    git("init", "-q", "-b", "main")
    if (Object.keys(files).length > 0) {
      git("add", ".")
      git("commit", "-q", "-m", "Write the token file with mode 0600, so that nobody else reads it")
    }
  }
  return {
    home,
    project,
    env,
    duck: (args, options = {}) => run(args, { cwd: project, ...options, env: { ...env, ...options.env } }),
    server() {
      try {
        return JSON.parse(readFileSync(join(home, "server.json"), "utf8"))
      } catch {
        return undefined
      }
    },
    write,
    git,
    async [Symbol.asyncDispose]() {
      for (const pid of processesOf(home)) {
        try {
          process.kill(pid, "SIGKILL")
        } catch {
          // It has left by itself in the meantime.
        }
      }
      await until("its processes are gone", () => processesOf(home).length === 0)
      rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 })
    },
  }
}

function run(
  args: readonly string[],
  { cwd, env, node = process.execPath, program = duckProgram, onSpawn }: RunOptions,
) {
  return new Promise<Ran>((resolve, reject) => {
    const child = spawn(node, [program, ...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text))
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text))
    child.once("error", reject)
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }))
    onSpawn?.(child)
  })
}

/** The processes that were started with this data folder: by their environment, so that no other is ever touched. */
export function processesOf(home: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => {
      try {
        if (/^State:\s+Z/m.test(readFileSync(`/proc/${name}/status`, "utf8"))) return false
        return readFileSync(`/proc/${name}/environ`, "utf8").split("\0").includes(`DUCK_HOME=${home}`)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** Of the processes around a data folder, those that serve it; the parsers' end by themselves. */
export function serversOf(home: string): number[] {
  return processesOf(home).filter((pid) => {
    try {
      return /duck-server/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"))
    } catch {
      return false
    }
  })
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** Waits for a condition; gives up, saying which, only after a time that no slow machine needs. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  { timeoutMs = 60_000, everyMs = 20 }: { readonly timeoutMs?: number; readonly everyMs?: number } = {},
): Promise<void> {
  const untilMs = performance.now() + timeoutMs
  while (!(await holds())) {
    if (performance.now() > untilMs) throw new Error(`Waited ${timeoutMs / 1000} s in vain until ${what}.`)
    await new Promise((resolve) => setTimeout(resolve, everyMs))
  }
}
