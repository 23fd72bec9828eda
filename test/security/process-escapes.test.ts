import { spawn } from "node:child_process"
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { expect, test } from "vitest"
import { newId } from "../../src/base/ids.ts"
import { sweepRuns } from "../../src/workspace/processes/run-records.ts"
import { scene } from "./sandbox.testing.ts"

const kinds = ["auto", "process-group"] as const

/** Ids of processes whose command line holds a mark; those that only wait to be collected don't count. */
const living = (mark: string): number[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const state = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").pop() ?? ""
        return readFileSync(`/proc/${pid}/cmdline`, "latin1").includes(mark) && !/^[ZX]/.test(state)
      } catch {
        return false
      }
    })
    .map(Number)

let lastMark = 0
/** Seconds that nobody else sleeps. */
const newMark = () => `9${process.pid}${lastMark++}`

async function eventually(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 3000 && !holds(); i++) await wait(10)
  expect(holds()).toBe(true)
}

/** How programs get away from whoever started them. Each prints "up" when it has. */
const escapes = (mark: string): Readonly<Record<string, string>> => ({
  "a background process": `sleep ${mark} & echo up`,
  nohup: `nohup sleep ${mark} >/dev/null 2>&1 & echo up`,
  "a session of its own": `setsid sleep ${mark} </dev/null >/dev/null 2>&1 & echo up`,
  "a double fork": `(setsid sh -c 'cd /; exec 0</dev/null 1>/dev/null 2>&1; (sleep ${mark} &) ' &); sleep 0.2; echo up`,
  "signals that are ignored": `sh -c 'trap "" TERM HUP INT QUIT; sleep ${mark}' & echo up`,
  "a daemon without its environment": `env -i setsid sleep ${mark} </dev/null >/dev/null 2>&1 & sleep 0.2; echo up`,
  "a chain that starts itself anew": `setsid sh -c 'while :; do (exec sleep ${mark}) & wait; done' </dev/null >/dev/null 2>&1 & sleep 0.2; echo up`,
})

test.for(kinds.flatMap((isolation) => Object.keys(escapes("0")).map((name) => [isolation, name] as const)))(
  "%s: %s does not outlive its run, whether that ends by itself or is cancelled",
  async ([isolation, name], context) => {
    const { processes } = await scene({ isolation })
    const { kind, what } = await processes.protection()
    const needsGroup = name === "a daemon without its environment" && kind === "process-group"
    if (needsGroup && !what.some((line) => line.includes("by their control group")))
      return context.skip("SKIPPED: without a control group it can stay, and `protection` says so.")
    const mark = newMark()
    const command = escapes(mark)[name] ?? ""
    expect(await processes.run(command)).toMatchObject({ reason: "exited", isClean: true })
    expect(living(mark)).toEqual([])

    const up = Promise.withResolvers<void>()
    const controller = new AbortController()
    const running = processes.run(`${command}; sleep ${mark}`, {
      signal: controller.signal,
      onOutput: (text) => text.includes("up") && up.resolve(),
    })
    await up.promise
    controller.abort()
    expect(await running).toMatchObject({ reason: "cancelled", isClean: true })
    expect(living(mark)).toEqual([])
  },
)

test.each(kinds)(
  "what a turn has started in the background is ended with it, and what is kept is not (%s)",
  async (isolation) => {
    const { processes } = await scene({ isolation })
    const [turns, kept] = [newMark(), newMark()]
    const started = async (mark: string, turn: string | undefined) => {
      const up = Promise.withResolvers<void>()
      const run = await processes.start(`setsid sleep ${mark} & echo up; sleep ${mark}`, {
        turn,
        onOutput: () => up.resolve(),
      })
      await up.promise
      return run
    }
    const own = await started(turns, "turn-1")
    const other = await started(kept, undefined)
    expect((await processes.endTurn("turn-1")).map(({ id }) => id)).toEqual([own.id])
    expect(living(turns)).toEqual([])
    expect(living(kept).length).toBeGreaterThan(0)
    expect(await processes.wait(own.id)).toMatchObject({ reason: "turn-ended", isClean: true })
    expect((await processes.page(other.id)).state).toBe("running")
    expect(await processes.endTurn("turn-1")).toEqual([])
    await processes.stop(other.id)
    expect(living(kept)).toEqual([])
  },
)

/** A process that runs something and waits for its death, as a server does. */
async function doomed(at: (path: string) => string, isolation: string, command: string) {
  const script = `
    import { openProcesses } from ${JSON.stringify(new URL("../../src/workspace/processes/processes.ts", import.meta.url).href)}
    const processes = await openProcesses({ root: ${JSON.stringify(at("project"))},
      policy: { hidden: [], isolation: ${JSON.stringify(isolation)} },
      outputFolder: ${JSON.stringify(at("data/runs"))}, recordFolder: ${JSON.stringify(at("data/running"))}, audit: () => {} })
    const { id } = await processes.start(${JSON.stringify(command)}, { onOutput: () => console.log(id) })
  `
  const server = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  })
  const id = await new Promise<string>((resolve) => server.stdout.once("data", (text) => resolve(String(text).trim())))
  return {
    id,
    kill: async () => {
      server.kill("SIGKILL")
      await new Promise((resolve) => server.once("close", resolve))
    },
  }
}

test.each(kinds)("what a killed server has left is ended by the next one, however it hid (%s)", async (isolation) => {
  const { at, processes } = await scene({ isolation })
  const mark = newMark()
  const hidden = ["a session of its own", "a double fork", "a chain that starts itself anew"]
  const { what } = await processes.protection()
  if (what.some((line) => line.includes("by their control group"))) hidden.push("a daemon without its environment")
  const commands = hidden.map((name) => `{ ${escapes(mark)[name]?.replaceAll("echo up", ":")}; }`)
  const server = await doomed(at, isolation, `${commands.join("; ")}; echo up; sleep ${mark}`)
  await eventually(() => living(mark).length > 0)
  expect(readdirSync(at("data/running"))).toEqual([`${server.id}.json`])
  await server.kill()
  expect(await sweepRuns(at("data/running"))).toEqual([server.id])
  await eventually(() => living(mark).length === 0)
  expect(readdirSync(at("data/running"))).toEqual([])
  // Whoever asks for it is told what became of it.
  expect(await processes.page(server.id)).toMatchObject({ text: "up\n", state: "lost" })
})

test("a sweep ends nothing that belongs to no run: not by a number that was given anew, nor by a forged record", async () => {
  const { at } = await scene()
  const folder = at("data/running")
  mkdirSync(folder)
  const other = spawn("sleep", ["1000"], { detached: true })
  try {
    const pid = other.pid ?? 0
    const [first, second, third] = [newId(), newId(), newId()]
    writeFileSync(join(folder, `${first}.json`), JSON.stringify({ groups: [], leader: { pid, startTicks: 1 } }))
    writeFileSync(join(folder, `${second}.json`), JSON.stringify({ groups: ["/sys/fs/cgroup/pids"] }))
    writeFileSync(join(folder, `${third}.json`), '{"groups": [')
    writeFileSync(join(folder, "notes.txt"), "not a record")
    expect([...(await sweepRuns(folder))].sort()).toEqual([first, second, third].sort())
    expect(readdirSync(folder)).toEqual(["notes.txt"])
    expect(living("sleep\u00001000")).toContain(pid)
  } finally {
    other.kill("SIGKILL")
  }
})

test("a program that uses up its time on the processors is ended, and so is one whose many children do", async () => {
  const { processes } = await scene()
  const alone = await processes.run("while :; do :; done", { limits: { cpuMs: 1000, timeoutMs: 60_000 } })
  expect(alone.reason === "cpu-limit" || alone.signal === "SIGXCPU").toBe(true)
  expect(alone.limitsHit).toContain("cpu")
  if (!(await processes.protection()).what.includes("Time on processors is limited for the run as a whole.")) return
  const many = await processes.run("for i in $(seq 400); do timeout 0.1 sh -c 'while :; do :; done'; done", {
    limits: { cpuMs: 1000, timeoutMs: 120_000 },
  })
  expect(many).toMatchObject({ reason: "cpu-limit", exitCode: null, isClean: true, limitsHit: ["cpu"] })
})

test.each(kinds)("memory without end is refused to a run and not taken from the server (%s)", async (isolation) => {
  const { processes } = await scene({ isolation })
  const run = await processes.run("head -c 800m /dev/zero | tail -c 800m | wc -c; echo after", {
    limits: { memoryBytes: 64 * 2 ** 20, timeoutMs: 60_000 },
  })
  expect(run.output.text).not.toContain(String(800 * 2 ** 20))
  expect(run.isClean).toBe(true)
})

test("a conversation runs so many programs at a time and no more", async () => {
  const { processes } = await scene({ isolation: "process-group" })
  for (let i = 0; i < 32; i++) await processes.start("sleep 1000")
  await expect(processes.run("true")).rejects.toMatchObject({ code: "TOO_MANY_RUNS" })
  await processes.close()
})
