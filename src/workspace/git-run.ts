import { spawn } from "node:child_process"
import { DuckError, systemCode } from "../base/errors.ts"
import { abortReason } from "../base/signal.ts"

/** The git command failed in a way that has no error of its own. */
export class GitFailedError extends DuckError {
  constructor(args: readonly string[], exitCode: number | null, stderr: string, cause?: unknown) {
    const lines = stderr.trim().split("\n")
    const blunt = lines.filter((line) => /^(fatal|error):/.test(line))
    const said = (blunt.length > 0 ? blunt : lines.slice(-3)).join(" ").slice(0, 500)
    super({
      code: "GIT_FAILED",
      message: `git ${args.find((arg) => !arg.startsWith("-")) ?? ""} failed${exitCode === null ? "" : ` with exit code ${exitCode}`}: ${said || "it gave no reason"}.`,
      hint: "Run `git status` in the project; `git fsck` checks the repository.",
      status: 503,
      details: { exitCode, stderr: said },
      cause,
    })
  }
}

/** There is no git command on the PATH. */
export class NoGitError extends DuckError {
  constructor(cause?: unknown) {
    super({
      code: "NO_GIT",
      message: "There is no git command.",
      hint: "Install git (https://git-scm.com) and see that it is on the PATH; all but history works without it.",
      status: 503,
      cause,
    })
  }
}

/**
 * Settings that make git answer the same everywhere, take no locks, ask nothing, and run no program that a repository's
 * own configuration names (monitors, external diffs, text conversions, signature checks, hooks).
 */
const settings = [
  "core.quotePath=false",
  "core.fsmonitor=false",
  "core.hooksPath=/dev/null",
  "core.pager=cat",
  "color.ui=false",
  "log.showSignature=false",
  "log.showRoot=true",
  "log.follow=false",
  "log.mailmap=true",
  "diff.noprefix=false",
  "diff.mnemonicPrefix=false",
  "diff.ignoreSubmodules=none",
  "diff.submodule=short",
  "i18n.logOutputEncoding=UTF-8",
  "status.relativePaths=false",
  "submodule.recurse=false",
].flatMap((setting) => ["-c", setting])

function environment(pathspecs: "literal" | "magic"): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {}
  // GIT_DIR, GIT_INDEX_FILE and the like are set in hooks and would point every command at another repository.
  for (const [name, value] of Object.entries(process.env))
    if (!name.startsWith("GIT_") || name.startsWith("GIT_CONFIG_") || name === "GIT_EXEC_PATH") env[name] = value
  return {
    ...env,
    LC_ALL: "C",
    LANGUAGE: "",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_PAGER: "cat",
    GIT_TERMINAL_PROMPT: "0",
    GIT_LITERAL_PATHSPECS: pathspecs === "literal" ? "1" : "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
  }
}

export interface GitRun {
  readonly cwd: string
  readonly args: readonly string[]
  readonly signal?: AbortSignal | undefined
  /** Written to git's standard input. */
  readonly input?: string | Uint8Array | undefined
  /** Exit codes that are no failure; default only 0. */
  readonly okCodes?: readonly number[] | undefined
  /** Paths are literal unless a command can't have them so (`check-ignore`). */
  readonly pathspecs?: "literal" | "magic" | undefined
}

/**
 * Git's standard output, chunk by chunk. Stopping the iteration, or the signal, ends the process. Throws NoGitError or
 * GitFailedError.
 */
export async function* gitStream(run: GitRun): AsyncGenerator<Buffer, void> {
  const { cwd, args, signal, input, okCodes = [0], pathspecs = "literal" } = run
  if (signal?.aborted) throw abortReason(signal)
  const child = spawn("git", ["--no-pager", ...settings, ...args], {
    cwd,
    env: environment(pathspecs),
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    windowsHide: true,
  })
  let stderr = ""
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    if (stderr.length < 10_000) stderr += text
  })
  const closed = new Promise<{ code: number | null; error?: unknown }>((resolve) => {
    child.once("error", (error) => resolve({ code: null, error }))
    child.once("close", (code) => resolve({ code }))
  })
  const stop = () => child.kill("SIGKILL")
  signal?.addEventListener("abort", stop, { once: true })
  let isDone = false
  try {
    if (input !== undefined) child.stdin?.on("error", () => {}).end(input)
    if (child.stdout) for await (const chunk of child.stdout) yield chunk as Buffer
    const { code, error } = await closed
    isDone = true
    if (signal?.aborted) throw abortReason(signal)
    if (systemCode(error) === "ENOENT") throw new NoGitError(error)
    if (error) throw new GitFailedError(args, null, String(error), error)
    if (code === null || !okCodes.includes(code)) throw new GitFailedError(args, code, stderr)
  } finally {
    signal?.removeEventListener("abort", stop)
    if (!isDone) stop()
  }
}

/** Git's whole standard output. */
export async function gitBytes(run: GitRun): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of gitStream(run)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

export const gitText = async (run: GitRun): Promise<string> => (await gitBytes(run)).toString("utf8")

/** The NUL-ended tokens of git's output, as they come. */
export async function* gitTokens(run: GitRun): AsyncGenerator<string, void> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true })
  let rest = ""
  for await (const chunk of gitStream(run)) {
    const tokens = (rest + decoder.decode(chunk, { stream: true })).split("\0")
    rest = tokens.pop() ?? ""
    yield* tokens
  }
  rest += decoder.decode()
  if (rest !== "") yield rest
}
