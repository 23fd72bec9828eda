import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { describe, expect, test } from "vitest"
import { duckProgram, isAlive, type Place, place, root, until } from "./place.ts"
import { hasTmux, needs, skipped, terminal } from "./tmux.ts"

const has = (program: string, ...args: string[]) => spawnSync(program, args).status === 0
const hasScript = has("script", "--version")
const node = JSON.stringify(process.execPath)
const duck = JSON.stringify(duckProgram)

describe("a pipe", () => {
  test("gets plain text: no colour, no cursor, no bar", async () => {
    await using here = place()
    const ran = await here.duck(["search", "token"])
    expect(ran.stdout).not.toContain("\x1b")
    expect(ran.stderr).toBe("")
    const coloured = await here.duck(["search", "token"], { env: { FORCE_COLOR: "1" } })
    expect(coloured.stdout).toContain("\x1b[")
  })

  test("that is closed early is no error", async () => {
    await using here = place()
    await here.duck(["search", "token"])
    for (const args of ["search token --json", "help", "help --json"]) {
      const line = `set -o pipefail; ${node} ${duck} ${args} | true`
      const ran = spawnSync("bash", ["-c", line], { cwd: here.project, env: here.env, encoding: "utf8" })
      expect([args, ran.status, ran.stderr]).toEqual([args, 0, ""])
    }
  })
})

describe("a terminal", () => {
  needs(hasScript)(`shows colours, unless they are refused${skipped(hasScript, "script")}`, async () => {
    await using here = place()
    const look = (args: string, env = {}) =>
      execFileSync("script", ["-qec", `${node} ${duck} ${args}`, "/dev/null"], {
        cwd: here.project,
        env: { ...here.env, TERM: "xterm-256color", ...env },
        encoding: "utf8",
      })
    expect(look("help")).toContain("\x1b[1m")
    expect(look("help --no-color")).not.toContain("\x1b")
    expect(look("help", { NO_COLOR: "1" })).not.toContain("\x1b")
    expect(look("help", { TERM: "dumb" })).not.toContain("\x1b")
    await here.duck(["search", "token"])
    expect(look("search token")).toContain("\x1b[")
    expect(look("search token", { NO_COLOR: "1" })).not.toContain("\x1b[3")
  })

  needs(hasTmux)(`is as it was after Ctrl-C, and the server goes on${skipped(hasTmux, "tmux")}`, async () => {
    await using here = place()
    await using screen = terminal(here)
    screen.type(`${node} ${duck} search token`)
    await screen.shows(/src\/token\.ts/)
    const server = here.server()
    screen.type(`${node} ${duck} index watch; echo "left with $?"`)
    await until("the watch runs", async () =>
      (await here.duck(["health", "--json"])).stdout.includes('"runningCalls": 1'),
    )
    screen.press("C-c")
    await screen.shows(/left with 130/)
    expect(screen.cursorIsShown()).toBe(true)
    await until("nothing runs", async () =>
      (await here.duck(["health", "--json"])).stdout.includes('"runningCalls": 0'),
    )
    expect(here.server()).toEqual(server)
  })

  needs(hasTmux)(`shows that the first start is under way, and clears it${skipped(hasTmux, "tmux")}`, async () => {
    await using here = place(manyFiles())
    await using screen = terminal(here)
    screen.type(`${node} ${duck} search function_7; echo "left with $?"`)
    await screen.shows(/Starting the RubberDuck server|━|─|ndex/)
    await screen.shows(/left with 0/)
    expect(screen.cursorIsShown()).toBe(true)
    expect(screen.text()).not.toContain("Starting the RubberDuck server")
  })
})

describe("an interrupt", () => {
  test("while the server comes up ends the command; the next one works", async () => {
    await using here = place()
    const ran = await here.duck(["search", "token", "--debug"], {
      onSpawn: (child) =>
        child.stderr?.on("data", (text) => /starting a server/.test(String(text)) && child.kill("SIGINT")),
    })
    expect([ran.code, ran.signal, ran.stdout]).toEqual([130, null, ""])
    expect((await here.duck(["search", "token"])).code).toBe(0)
  })

  test("cancels on the server; SIGTERM does the same with its own exit code", async () => {
    await using here = place()
    await here.duck(["search", "token"])
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      let pid = 0
      const watching = here.duck(["index", "watch"], { onSpawn: (child) => (pid = child.pid ?? 0) })
      await until("the watch runs", async () => (await runningCalls(here)) === 1)
      process.kill(pid, signal)
      expect((await watching).code).toBe(code)
      await until("the server has cancelled it", async () => (await runningCalls(here)) === 0)
    }
  })
})

describe("shells", () => {
  test("bash completes with the script that duck prints", async () => {
    await using here = place()
    const bin = join(here.home, "bin")
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, "duck"), `#!/bin/sh\nexec ${node} ${duck} "$@"\n`)
    chmodSync(join(bin, "duck"), 0o755)
    const line = `source <(duck completion bash); COMP_WORDS=(duck ind); COMP_CWORD=1; _duck; echo "\${COMPREPLY[@]}"`
    const env = { ...here.env, PATH: `${bin}${delimiter}${process.env.PATH}` }
    expect(execFileSync("bash", ["--norc", "-c", line], { env, encoding: "utf8" })).toBe("index\n")
  })
})

const older = ["/usr/bin/node", "/usr/local/bin/node"].find(
  (path) => existsSync(path) && /^v(1[89]|2[0-5])\./.test(execFileSync(path, ["--version"], { encoding: "utf8" })),
)

describe("an older Node", () => {
  const run = needs(older !== undefined)
  const note = older ? "" : " (SKIPPED: no Node 18 to 25 on this machine)"

  run(`starts ours, with the same output, exit code and signals${note}`, async () => {
    await using here = place()
    const options = { node: older ?? "" }
    expect((await here.duck(["--version"], options)).stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
    expect((await here.duck(["version"], options)).stdout).toContain(`Node ${process.version}`)
    expect((await here.duck(["serach"], options)).code).toBe(2)
    expect((await here.duck(["search", "backoff"], options)).stdout).toContain("src/retry.ts")
    let pid = 0
    const watching = here.duck(["index", "watch"], { ...options, onSpawn: (child) => (pid = child.pid ?? 0) })
    await until("the watch runs", async () => (await runningCalls(here)) === 1)
    process.kill(pid, "SIGINT")
    expect((await watching).code).toBe(130)
    expect(isAlive(pid)).toBe(false)
    await until("the server has cancelled it", async () => (await runningCalls(here)) === 0)
  })

  run(`says what to do where there is no newer one${note}`, async () => {
    await using here = place()
    const program = lonelyProgram(here)
    const ran = await here.duck(["search", "x"], { node: older ?? "", program })
    expect(ran.code).toBe(3)
    expect(ran.stderr).toMatch(/needs Node 26 or later, and this is \d+/)
    expect(ran.stderr).toContain("npm ci")
  })
})

test("a checkout that is not built says how to build it, and still knows its version", async () => {
  await using here = place()
  const program = lonelyProgram(here)
  const ran = await here.duck(["search", "x"], { program })
  expect(ran.code).toBe(3)
  expect(ran.stderr).toMatch(/not built.*\n.*npm ci/)
  expect((await here.duck(["--version"], { program })).code).toBe(0)
})

async function runningCalls(here: Place): Promise<number> {
  return (JSON.parse((await here.duck(["health", "--json"])).stdout) as { runningCalls: number }).runningCalls
}

/** `bin/duck.mjs` and `package.json` alone: a clone in which nothing has been run. */
function lonelyProgram(here: Place): string {
  const folder = join(here.home, "..", "lonely")
  mkdirSync(join(folder, "bin"), { recursive: true })
  copyFileSync(join(root, "package.json"), join(folder, "package.json"))
  copyFileSync(duckProgram, join(folder, "bin", "duck.mjs"))
  return join(folder, "bin", "duck.mjs")
}

function manyFiles(): Record<string, string> {
  const files: Record<string, string> = {}
  for (let n = 0; n < 300; n++) files[`src/file_${n}.py`] = `def function_${n}(x):\n    return x + ${n}\n`.repeat(5)
  return files
}
