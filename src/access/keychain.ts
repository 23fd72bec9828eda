import { DuckError, systemCode } from "../base/errors.ts"
import { type KeyStore, keyringText, readKeyring } from "./keyring.ts"

const name = "the keychain"
const withinMs = 15_000

/**
 * The keyring in the operating system's keychain: `secret-tool` (libsecret) on Linux, `security` on macOS. The key goes
 * to the program on its standard input: what stands on a command line can be read by every process of the machine.
 * Throws KEYCHAIN_MISSING where there is no such program, KEYCHAIN_FAILED where it refuses.
 */
export function keychain({
  dataFolder,
  env,
  platform = process.platform,
}: {
  readonly dataFolder: string
  readonly env: NodeJS.ProcessEnv
  readonly platform?: NodeJS.Platform
}): KeyStore {
  const run = (program: string, args: readonly string[], input?: string) =>
    // Loaded when it is needed: most servers never ask a keychain.
    process.getBuiltinModule("node:child_process").execFileSync(program, args, {
      env,
      encoding: "utf8",
      timeout: withinMs,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
      ...(input === undefined ? {} : { input }),
    })
  const calls = platform === "darwin" ? macCalls(dataFolder, run) : linuxCalls(dataFolder, run)
  if (platform === "win32") throw missing("this system")
  const readRing = () => {
    const text = attempt(calls.program, calls.read)
    return text === undefined || text.trim() === "" ? undefined : readKeyring(text, name)
  }
  return {
    name,
    read: readRing,
    write(ring) {
      attempt(calls.program, () => calls.write(keyringText(ring)))
      // `security -i` leaves with 0 whatever became of its line: nothing may be encrypted under a key that was not kept.
      if (readRing()?.current !== ring.current) throw failed("it did not keep the key")
    },
    remove: () => void attempt(calls.program, calls.remove),
  }
}

interface Calls {
  readonly program: string
  read(): string | undefined
  write(text: string): unknown
  remove(): unknown
}
type Run = (program: string, args: readonly string[], input?: string) => string

function linuxCalls(dataFolder: string, run: Run): Calls {
  const attributes = ["application", "rubberduck", "folder", dataFolder]
  const program = "secret-tool"
  return {
    program,
    // Exit code 1 without a word: there is no such secret.
    read: () => orUndefined(() => run(program, ["lookup", ...attributes]), [1]),
    write: (text) => run(program, ["store", "--label=RubberDuck", ...attributes], text),
    remove: () => orUndefined(() => run(program, ["clear", ...attributes]), [1]),
  }
}

function macCalls(dataFolder: string, run: Run): Calls {
  const program = "security"
  const item = ["-s", "rubberduck", "-a", dataFolder]
  const quotedFolder = `"${dataFolder.replace(/[\\"]/g, "\\$&")}"`
  return {
    program,
    read: () => {
      const text = orUndefined(() => run(program, ["find-generic-password", ...item, "-w"]), [44])
      return text === undefined ? undefined : Buffer.from(text.trim(), "base64").toString("utf8")
    },
    write: (text) => {
      // A line for `security -i`; the text is base64, so that it needs no quoting.
      const line = `add-generic-password -U -s rubberduck -a ${quotedFolder} -w ${Buffer.from(text).toString("base64")}\n`
      return run(program, ["-i"], line)
    },
    remove: () => orUndefined(() => run(program, ["delete-generic-password", ...item]), [44]),
  }
}

/** Undefined where the program left with one of `codes` and said nothing that matters. */
function orUndefined(read: () => string, codes: readonly number[]): string | undefined {
  try {
    return read()
  } catch (thrown) {
    const { status, stderr } = thrown as { status?: unknown; stderr?: unknown }
    const isQuiet =
      typeof status === "number" && codes.includes(status) && (status !== 1 || !String(stderr ?? "").trim())
    if (isQuiet) return undefined
    throw thrown
  }
}

function attempt<T>(program: string, work: () => T): T {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof DuckError) throw thrown
    if (systemCode(thrown) === "ENOENT") throw missing(`\`${program}\``)
    // Its message and its output may hold what it was given: only the first line of what it says on stderr is told.
    const said = String((thrown as { stderr?: unknown }).stderr ?? "")
      .split("\n")[0]
      ?.slice(0, 200)
    throw failed(said || "it did not answer")
  }
}

const failed = (why: string) =>
  new DuckError({
    code: "KEYCHAIN_FAILED",
    message: `The keychain can't be used: ${why}.`,
    hint: "Unlock it and try again, or keep the key in a file: `duck config set secrets.keyIn file`.",
    status: 503,
  })

const missing = (what: string) =>
  new DuckError({
    code: "KEYCHAIN_MISSING",
    message: `The setting secrets.keyIn asks for the keychain, and ${what} is not there.`,
    hint: "Install it, or keep the key in a file: `duck config set secrets.keyIn file`.",
    status: 503,
  })
