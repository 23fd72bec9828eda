import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { Readable } from "node:stream"
import { describe, expect, test } from "vitest"
import { type Exchange, echo, fakeServer, temporaryFolder, writeServerFile } from "./fake-server.testing.ts"
import type { Host } from "./host.ts"
import { sampleManifest } from "./manifest.testing.ts"
import { runCommandLine } from "./run.ts"

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** What the command line wanted to become: program and arguments. */
  readonly became: readonly (readonly string[])[]
}

interface RunOptions {
  readonly answer?: (exchange: Exchange) => void
  readonly env?: NodeJS.ProcessEnv
  readonly stdout?: { isTTY?: boolean; columns?: number }
  readonly stderr?: { isTTY?: boolean; columns?: number }
  readonly signal?: AbortSignal
  readonly hasServer?: boolean
  /** What is piped in, in pieces. */
  readonly stdin?: readonly string[]
  /** Somebody sits at it. */
  readonly isTyped?: boolean
}

/** Runs a command line in a folder of its own against a server that echoes, or answers as the test says. */
async function duck(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  using folder = temporaryFolder()
  await using server = await fakeServer(options.answer ?? echo)
  const data = join(folder.path, "data")
  if (options.hasServer ?? true) writeServerFile(data, server.file())
  const manifest = join(folder.path, "manifest.json")
  writeFileSync(manifest, JSON.stringify(sampleManifest))
  mkdirSync(join(folder.path, "inner"))
  const out: string[] = []
  const err: string[] = []
  const became: string[][] = []
  const host: Host = {
    env: { DUCK_HOME: data, ...options.env },
    cwd: () => folder.path,
    stdin: Object.assign(Readable.from(options.stdin ?? []), { isTTY: options.isTyped ?? false }),
    stdout: { ...options.stdout, write: (text) => void out.push(text) },
    stderr: { ...options.stderr, write: (text) => void err.push(text) },
    programs: { manifest, server: "/dist/duck-server.js", local: "/dist/duck-local.js" },
    signal: options.signal ?? new AbortController().signal,
    onLeave() {},
    async become(program, args) {
      became.push([program, ...args])
      return 7
    },
  }
  const code = await runCommandLine(argv, host)
  return { code, stdout: out.join("").replaceAll(folder.path, "$HERE"), stderr: err.join(""), became }
}

const failing =
  (body: object) =>
  ({ send }: Exchange) =>
    send("error", body)

test("the result is printed as the server rendered it, with its exit code", async () => {
  const answer = ({ send }: Exchange) => send("result", { output: { n: 1 }, rendered: "one\n", exitCode: 1 })
  expect(await duck(["search", "x"], { answer })).toMatchObject({ code: 1, stdout: "one\n", stderr: "" })
})

test("--json prints the output, and an error as JSON on standard output", async () => {
  const { stdout, code } = await duck(["search", "x", "--json"])
  expect([JSON.parse(stdout), code]).toEqual([{ echo: { query: "x" } }, 0])
  const body = { code: "NO_INDEX", message: "There is no index.", hint: "Build one.", status: 503 }
  const failed = await duck(["--json", "search", "x"], { answer: failing(body) })
  expect([JSON.parse(failed.stdout), failed.stderr, failed.code]).toEqual([{ error: body }, "", 3])
  const usage = await duck(["serach", "x", "--json"])
  expect([JSON.parse(usage.stdout).error.code, usage.code]).toEqual(["USAGE", 2])
})

test("an error says what, why and what next; the stack only with --debug", async () => {
  const body = { code: "NO_INDEX", message: "There is no index.", hint: "Build one.", status: 404 }
  const plain = await duck(["search", "x"], { answer: failing(body) })
  expect(plain).toMatchObject({ code: 1, stdout: "", stderr: "error: There is no index.\nhint: Build one.\n" })
  const debug = await duck(["search", "x", "--debug"], { answer: failing(body) })
  expect(debug.stderr).toContain("code: NO_INDEX")
  expect(debug.stderr).toContain("at errorFrom")
  expect(debug.stderr).toMatch(/debug: \[\d+ ms\] using server/)
})

test("exit codes mean what they say", async () => {
  const codeFor = async (status: number) =>
    (await duck(["search", "x"], { answer: failing({ code: "X", message: "x", status }) })).code
  expect(await Promise.all([400, 404, 409, 500, 503, 504].map(codeFor))).toEqual([2, 1, 1, 1, 3, 3])
  expect((await duck(["serach"])).code).toBe(2)
})

test("colour and width are the terminal's; a pipe has neither", async () => {
  const answer = ({ request, send }: Exchange) => send("result", { output: request.headers, exitCode: 0 })
  const headersFor = async (argv: string[], options: RunOptions = {}) =>
    JSON.parse((await duck([...argv, "search", "x", "--json"], { answer, ...options })).stdout)
  const looked = { stdout: { isTTY: true, columns: 90 }, env: { TERM: "xterm-256color" } }
  expect(await headersFor([], looked)).toMatchObject({ "x-duck-color": "256", "x-duck-width": "90" })
  expect(await headersFor(["--no-color"], looked)).toMatchObject({ "x-duck-color": "0" })
  const piped = await headersFor([])
  expect(piped["x-duck-color"]).toBe("0")
  expect(piped["x-duck-width"]).toBeUndefined()
})

test("the project is the folder we stand in, or the one that is named", async () => {
  const answer = ({ request, send }: Exchange) => {
    const project = decodeURIComponent(String(request.headers["x-duck-project"]))
    send("result", { output: null, rendered: `${project}\n`, exitCode: 0 })
  }
  expect((await duck(["search", "x"], { answer })).stdout).toBe("$HERE\n")
  expect((await duck(["-C", "inner", "search", "x"], { answer })).stdout).toBe("$HERE/inner\n")
  const missing = await duck(["-C", "nowhere", "search", "x"], { answer })
  expect(missing.code).toBe(2)
  expect(missing.stderr).toContain("There is no folder")
})

test("progress is drawn for a person only, and taken away before the answer", async () => {
  const answer = ({ send }: Exchange) => {
    send("progress", { phase: "scan", done: 1, total: 2 })
    setTimeout(() => {
      send("progress", { phase: "scan", done: 2, total: 2 })
      send("result", { output: 1, rendered: "done\n", exitCode: 0 })
    }, 200)
  }
  const seen = await duck(["search", "x"], { answer, stderr: { isTTY: true, columns: 80 } })
  expect(seen.stderr).toMatch(/100 %/)
  expect(seen.stderr.endsWith("\x1b[?25h")).toBe(true)
  for (const quiet of [{ argv: ["search", "x"] }, { argv: ["-q", "search", "x"], stderr: { isTTY: true } }]) {
    expect((await duck(quiet.argv, { answer, ...quiet })).stderr).toBe("")
  }
})

test("a text is shown to a person as it is written, and taken away before the answer, which is printed once", async () => {
  const answer = ({ send }: Exchange) => {
    send("item", { text: "Where it is " })
    send("item", { text: "compared." })
    setTimeout(() => send("result", { output: 1, rendered: "Where it is compared.\n", exitCode: 0 }), 200)
  }
  const seen = await duck(["ask", "where"], { answer, stderr: { isTTY: true, columns: 80 } })
  expect(seen.stderr).toContain("Where it is compared.")
  expect(seen.stderr.endsWith("\r\x1b[2K\x1b[?25h")).toBe(true)
  expect(seen.stdout).toBe("Where it is compared.\n")
  for (const argv of [
    ["ask", "where"],
    ["-q", "ask", "where"],
    ["ask", "where", "--json"],
  ]) {
    const isPerson = argv.length > 2
    expect((await duck(argv, { answer, ...(isPerson ? { stderr: { isTTY: true } } : {}) })).stderr).toBe("")
  }
})

test("lines are printed as they come instead of the answer, which is printed where none came", async () => {
  const answer = ({ send }: Exchange) => {
    send("item", { text: "+ a.ts:1 error\n", change: "new" })
    send("item", { text: "- a.ts:1 error\n", change: "gone" })
    send("result", { output: { found: 0 }, rendered: "Nothing found.\n", exitCode: 0 })
  }
  expect(await duck(["analyze"], { answer })).toMatchObject({ stdout: "+ a.ts:1 error\n- a.ts:1 error\n", stderr: "" })
  const json = await duck(["analyze", "--json"], { answer })
  expect(
    json.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).change),
  ).toEqual(["new", "gone"])
  const silent = ({ send }: Exchange) => send("result", { output: 1, rendered: "Nothing found.\n", exitCode: 0 })
  expect((await duck(["analyze"], { answer: silent })).stdout).toBe("Nothing found.\n")
})

const open = ({ input, send }: Exchange) => {
  const options = ["one", "two"].map((label) => ({ label, input: { kind: label } }))
  const isChosen = typeof input === "object" && input !== null && "kind" in input
  const choice = { question: "Which was best?", options }
  send("result", {
    output: input,
    rendered: `${JSON.stringify(input)}\n`,
    exitCode: 0,
    ...(isChosen ? {} : { choice }),
  })
}

test("what an answer leaves open is asked of the person at the terminal, and run with what was chosen", async () => {
  const person = { answer: open, stdout: { isTTY: true }, isTyped: true }
  const ran = await duck(["search", "x"], { ...person, stdin: ["3\n", "2\n"] })
  expect(ran.stderr).toContain("Which was best?")
  expect(ran.stdout).toBe('{"query":"x"}\n{"query":"x","kind":"two"}\n')
  for (const stdin of [["\n"], []]) {
    expect((await duck(["search", "x"], { ...person, stdin })).stdout).toBe('{"query":"x"}\n')
  }
  for (const more of [{ isTyped: false }, { stdout: {} }]) {
    expect((await duck(["search", "x"], { ...person, stdin: ["1\n"], ...more })).stderr).toBe("")
  }
})

const openInParts = ({ input, command: name, send }: Exchange) => {
  const each = ["1", "2", "3"].map((value) => ({ label: `hunk ${value}`, shown: `+line ${value}\n`, value }))
  const choice = { question: "Which?", each, command: "files", input: { id: "p1" }, field: "hunks" }
  const rendered = `${name} ${JSON.stringify(input)}\n`
  send("result", { output: input, rendered, exitCode: 0, ...(name === "search" ? { choice } : {}) })
}

test("what can be taken in parts is asked part by part, and another command gets those that were taken", async () => {
  const person = { answer: openInParts, stdout: { isTTY: true }, isTyped: true }
  const taking = async (...typed: string[]) =>
    duck(["search", "x"], { ...person, stdin: typed.map((line) => `${line}\n`) })
  const ran = await taking("y", "what?", "n", "Y")
  expect(ran.stderr).toContain("+line 1")
  expect(ran.stderr).toContain("hunk 3 [y,n,a,q]? ")
  expect(ran.stdout.split("\n")[1]).toBe('files {"id":"p1","hunks":"1,3"}')
  expect((await taking("n", "a")).stdout).toContain('"hunks":"2,3"')
  for (const typed of [["q"], ["n", "n", "n"], []]) expect((await taking(...typed)).stdout).not.toContain("files")
})

test("an interrupt ends the command with 130 and without a word", async () => {
  const controller = new AbortController()
  let hungUp = Promise.resolve()
  const answer = (exchange: Exchange) => {
    hungUp = exchange.hungUp
    controller.abort()
  }
  const ran = await duck(["search", "x"], { answer, signal: controller.signal })
  expect(ran).toMatchObject({ code: 130, stdout: "", stderr: "" })
  await hungUp
})

describe("without a server", () => {
  test("stop has nothing to do; status and health say so", async () => {
    const without = { hasServer: false }
    expect(await duck(["stop"], without)).toMatchObject({ code: 0, stdout: "No server is running for $HERE/data.\n" })
    expect((await duck(["status"], without)).code).toBe(1)
    expect((await duck(["health"], without)).code).toBe(3)
    expect(JSON.parse((await duck(["status", "--json"], without)).stdout)).toMatchObject({ isRunning: false })
  })

  test("--server wants an address and a token", async () => {
    expect(await duck(["--server", "nonsense", "search", "x"])).toMatchObject({ code: 2 })
    expect((await duck(["--server", "http://127.0.0.1:1", "search", "x"])).stderr).toContain("DUCK_TOKEN")
    const env = { DUCK_TOKEN: "t", DUCK_SERVER: "http://127.0.0.1:1" }
    expect((await duck(["search", "x"], { env })).code).toBe(3)
  })
})

describe("the client's own commands", () => {
  test("help, a group's help and --help", async () => {
    expect((await duck([])).stdout).toContain("Usage:")
    expect((await duck(["help"])).stdout).toBe((await duck([])).stdout)
    expect((await duck(["index"])).stdout).toBe((await duck(["help", "index"])).stdout)
    expect((await duck(["index", "--help"])).stdout).toBe((await duck(["help", "index"])).stdout)
    expect((await duck(["index", "status", "-h"])).stdout).toBe((await duck(["help", "index", "status"])).stdout)
    expect((await duck(["help", "index.status"])).stdout).toBe((await duck(["help", "index", "status"])).stdout)
    const wrong = await duck(["help", "indx"])
    expect(wrong).toMatchObject({ code: 2 })
    expect(wrong.stderr).toContain("`duck help index`")
    expect(JSON.parse((await duck(["help", "ask", "--json"])).stdout).commands).toHaveLength(1)
  })

  test("version, plain and as JSON", async () => {
    expect((await duck(["version"])).stdout).toMatch(/^rubberduck 1\.2\.3 \(Node v\d+/)
    expect(JSON.parse((await duck(["version", "--json"])).stdout)).toMatchObject({ version: "1.2.3" })
    expect((await duck(["--version", "ask"])).stdout).toBe("1.2.3\n")
  })

  test("completion prints a script, and answers what the script asks", async () => {
    expect((await duck(["completion", "bash"])).stdout).toContain("complete -F _duck duck")
    expect((await duck(["__complete", "ind"])).stdout).toMatch(/^index\t/)
    expect((await duck(["completion", "tcsh"])).code).toBe(2)
  })

  test("serve becomes the server, doctor the local program", async () => {
    const serve = await duck(["serve", "--port", "8123", "--idle-minutes=5"])
    expect(serve).toMatchObject({
      code: 7,
      became: [["/dist/duck-server.js", "--foreground", "--port", "8123", "--idle-minutes", "5"]],
    })
    const { became } = await duck(["doctor", "--debug"])
    expect(became[0]?.[0]).toBe("/dist/duck-local.js")
    expect(JSON.parse(became[0]?.[1] ?? "")).toMatchObject({
      name: "doctor",
      input: {},
      rendering: { format: "text", color: "0" },
      isDebug: true,
    })
  })
})
