import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, expect, onTestFinished, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { treeWith } from "../tree.testing.ts"
import type { SandboxPolicy } from "./policy.ts"
import { openProcesses } from "./processes.ts"
import type { RunEvent } from "./types.ts"

async function project(
  options: {
    files?: Record<string, string>
    policy?: Partial<SandboxPolicy>
    clock?: ReturnType<typeof manualClock>
  } = {},
) {
  const root = treeWith(options.files ?? {})
  const data = treeWith()
  const events: RunEvent[] = []
  const processes = await openProcesses({
    root,
    policy: { hidden: [data], ...options.policy },
    outputFolder: join(data, "runs"),
    recordFolder: join(data, "running"),
    audit: (event) => events.push(event),
    ...(options.clock ? { clock: options.clock } : {}),
  })
  onTestFinished(() => processes.close())
  return { root, data, events, processes }
}

const probeFolder = mkdtempSync(join(tmpdir(), "duck-probe-"))
afterAll(() => rmSync(probeFolder, { recursive: true }))
const probing = await openProcesses({
  root: probeFolder,
  policy: { hidden: [] },
  outputFolder: join(probeFolder, "runs"),
  recordFolder: join(probeFolder, "running"),
  audit: () => {},
})
const here = (await probing.protection()).kind
const kinds = here === "bubblewrap" ? (["bubblewrap", "process-group"] as const) : (["process-group"] as const)

/** Command lines that hold a mark, anywhere on the system. */
const living = (mark: string): string[] =>
  readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ")
        return line.includes(mark) && !/^[ZX]/.test(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ").pop() ?? "")
          ? [line]
          : []
      } catch {
        return []
      }
    })

let lastMark = 100_000
/** A number of seconds to sleep that no other process sleeps. */
const newMark = () => `${process.pid}${lastMark++}`

test.each(kinds)(
  "a command answers with its output, errors in their order, and its exit code (%s)",
  async (isolation) => {
    const { processes, events } = await project({ policy: { isolation } })
    const run = await processes.run("echo one; echo two >&2; echo three; exit 7")
    expect(run).toMatchObject({ exitCode: 7, reason: "exited", isClean: true, protection: isolation })
    expect(run.output).toEqual({ text: "one\ntwo\nthree\n", totalBytes: 14, omittedBytes: 0, isBinary: false })
    expect(events).toEqual([
      expect.objectContaining({ operation: "run", outcome: "done", exitCode: 7, protection: isolation }),
    ])
    expect((await processes.run("kill -SEGV $$")).signal).toBe("SIGSEGV")
    expect((await processes.run("cat; echo end")).output.text).toBe("end\n")
  },
)

test.each(kinds)(
  "files of the project are read and written, in the folder that was asked for (%s)",
  async (isolation) => {
    const { processes, root } = await project({ files: { "sub/a.txt": "here" }, policy: { isolation } })
    const run = await processes.run("cat a.txt; echo new > b.txt; pwd", { cwd: "sub" })
    expect(run.output.text).toBe(`here${join(root, "sub")}\n`)
    expect(readFileSync(join(root, "sub/b.txt"), "utf8")).toBe("new\n")
    await expect(processes.run("pwd", { cwd: "/etc" })).rejects.toMatchObject({ code: "PATH_REFUSED" })
    await expect(processes.run("  ")).rejects.toMatchObject({ code: "INVALID_INPUT" })
    await expect(processes.run("echo \0")).rejects.toMatchObject({ code: "INVALID_INPUT" })
  },
)

test.each(kinds)("one second after the end of a run nothing of it lives, however it hid (%s)", async (isolation) => {
  const { processes } = await project({ policy: { isolation } })
  const mark = newMark()
  const hide = [
    `(sleep ${mark} &)`,
    `nohup sleep ${mark} >/dev/null 2>&1 &`,
    `setsid sleep ${mark} >/dev/null 2>&1 </dev/null &`,
    `setsid sh -c '(setsid sleep ${mark} & ) &' >/dev/null 2>&1 &`,
    `trap '' TERM HUP INT; (trap '' TERM HUP; sleep ${mark}) & `,
  ]
  const run = await processes.run(`${hide.join("\n")}\nsleep 0.1; echo started`)
  expect(run).toMatchObject({ exitCode: 0, reason: "exited", isClean: true })
  expect(living(mark)).toEqual([])
})

test.each(kinds)("a time-out, a cancel and a stop end everything, and say so (%s)", async (isolation) => {
  const clock = manualClock()
  const { processes } = await project({ policy: { isolation }, clock })
  const mark = newMark()
  const command = `setsid sleep ${mark} & echo up; sleep ${mark}`
  const up = () => Promise.withResolvers<void>()
  const first = up()
  const timed = processes.run(command, { limits: { timeoutMs: 5000 }, onOutput: () => first.resolve() })
  await first.promise
  clock.advance(5000)
  expect(await timed).toMatchObject({ reason: "timed-out", exitCode: null, isClean: true, durationMs: 5000 })
  expect((await timed).output.text).toBe("up\n")

  const second = up()
  const controller = new AbortController()
  const cancelled = processes.run(command, { signal: controller.signal, onOutput: () => second.resolve() })
  await second.promise
  controller.abort()
  expect(await cancelled).toMatchObject({ reason: "cancelled", isClean: true })

  const third = up()
  const background = await processes.start(command, { onOutput: () => third.resolve() })
  await third.promise
  expect(processes.list().find((run) => run.id === background.id)?.ended).toBeUndefined()
  expect(await processes.stop(background.id)).toMatchObject({ reason: "cancelled", isClean: true })
  expect(living(mark)).toEqual([])
  expect(clock.sleepers()).toBe(0)
})

test.each(kinds)("closing ends what runs, and refuses what comes after (%s)", async (isolation) => {
  const { processes } = await project({ policy: { isolation } })
  const mark = newMark()
  const up = Promise.withResolvers<void>()
  const { id } = await processes.start(`echo up; sleep ${mark}`, { onOutput: () => up.resolve() })
  await up.promise
  const waited = processes.wait(id)
  await processes.close()
  expect(await waited).toMatchObject({ reason: "closed" })
  expect(living(mark)).toEqual([])
  await expect(processes.run("true")).rejects.toMatchObject({ code: "UNAVAILABLE" })
})

test("nothing is left for the system to collect, in whichever way a run ended", async () => {
  const dead = () =>
    readdirSync("/proc").filter((pid) => {
      if (!/^\d+$/.test(pid)) return false
      try {
        return readFileSync(`/proc/${pid}/stat`, "latin1").includes("(bwrap) Z")
      } catch {
        return false
      }
    })
  const before = new Set(dead())
  const { processes } = await project()
  for (let i = 0; i < 6; i++) {
    await processes.run("sleep 0.01 & kill -SEGV $$")
    const up = Promise.withResolvers<void>()
    const { id } = await processes.start("echo up; setsid sleep 1000 & sleep 1000", { onOutput: () => up.resolve() })
    await up.promise
    await processes.stop(id)
  }
  // Other tests at the same time kill a server or two, and with them what would have collected.
  expect(dead().filter((pid) => !before.has(pid)).length).toBeLessThan(6)
})

test("huge output ends the run at its limit; both ends are shown and every byte can be paged", async () => {
  const { processes } = await project()
  const run = await processes.run("yes äöü-line", { limits: { outputBytes: 1_000_000 } })
  expect(run).toMatchObject({ reason: "output-limit", exitCode: null })
  expect(run.output.totalBytes).toBe(1_000_000)
  expect(run.output.text.length).toBeLessThan(40_000)
  expect(run.output.text).toMatch(/^äöü-line\n[\s\S]*bytes left out, from offset \d+ on[\s\S]*äöü-line\n/)
  let offset = 0
  let text = ""
  while (offset < 1_000_000) {
    const page = await processes.page(run.id, { offset, maxBytes: 9_999 })
    expect(page.nextOffset).toBeGreaterThan(offset)
    offset = page.nextOffset
    text += page.text
  }
  expect(text.startsWith("äöü-line\näöü-line\n")).toBe(true)
  expect(text.slice(0, 600_000)).not.toContain("\ufffd")
})

test("text is never cut inside a character, in pages or on the way; binary output is known as such", async () => {
  const { processes } = await project()
  const pieces: string[] = []
  const run = await processes.run("for i in 1 2 3; do printf '\\360\\237'; sleep 0.05; printf '\\246\\206'; done", {
    onOutput: (text) => pieces.push(text),
  })
  expect(run.output.text).toBe("🦆🦆🦆")
  expect(pieces.join("")).toBe("🦆🦆🦆")
  expect(pieces.join("")).not.toContain("\ufffd")
  expect((await processes.page(run.id, { offset: 0, maxBytes: 6 })).text).toBe("🦆")
  const binary = await processes.run("printf 'a\\000b\\377'")
  expect(binary.output.isBinary).toBe(true)
  expect([...(await processes.page(binary.id)).bytes]).toEqual([97, 0, 98, 255])
  await expect(processes.page("nothing")).rejects.toMatchObject({ code: "NO_SUCH_RUN" })
})

test("output of a background process is paged while it runs", async () => {
  const { processes, root } = await project()
  let seen = ""
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  const { id } = await processes.start("echo one; while [ ! -e go ]; do sleep 0.02; done; echo two", {
    onOutput(text) {
      seen += text
      if (seen.includes("one")) first.resolve()
      if (seen.includes("two")) second.resolve()
    },
  })
  await first.promise
  const page = await processes.page(id)
  expect(page.text).toBe("one\n")
  execFileSync("touch", [join(root, "go")])
  await second.promise
  expect((await processes.page(id, { offset: page.nextOffset })).text).toBe("two\n")
  expect(await processes.wait(id)).toMatchObject({ exitCode: 0 })
})

test("only the latest ended runs are kept, with their files", async () => {
  const { processes, data } = await project({ policy: { isolation: "process-group" } })
  const first = await processes.run("true")
  for (let i = 0; i < 100; i++) await processes.run("true")
  expect(processes.list()).toHaveLength(100)
  expect(readdirSync(join(data, "runs"))).toHaveLength(100)
  await expect(processes.page(first.id)).rejects.toMatchObject({ code: "NO_SUCH_RUN" })
})

test("no file stays open and no control group stays behind", async () => {
  const { processes } = await project()
  await processes.run("true")
  const open = () =>
    readdirSync("/proc/self/fd")
      .map((fd) => {
        try {
          return readlinkSync(`/proc/self/fd/${fd}`)
        } catch {
          return ""
        }
      })
      .filter((path) => path.endsWith(".out"))
  for (let i = 0; i < 5; i++) await processes.run("echo x")
  expect(open()).toEqual([])
  const groups = ["/sys/fs/cgroup", "/sys/fs/cgroup/pids"]
    .filter((path) => existsSync(path))
    .flatMap((path) => readdirSync(path))
  expect(groups.filter((name) => name.startsWith(`duck-${process.pid}`))).toEqual([])
})

test("a policy that wants bubblewrap runs nothing without it, and protection says in words what holds", async () => {
  const { processes } = await project({ policy: { isolation: "process-group" } })
  const { kind, what } = await processes.protection()
  expect(kind).toBe("process-group")
  expect(what.join(" ")).toMatch(/No sandbox.*may do whatever the server's user may/)
  if (here === "bubblewrap") {
    const sandboxed = await (await project()).processes.protection()
    expect(sandboxed.what.join(" ")).toMatch(/no network/)
    const open = await (await project({ policy: { network: true } })).processes.protection()
    expect(open.what.join(" ")).toMatch(/The network is there/)
  }
})

test.runIf(here === "bubblewrap")(
  "a cache in the data folder is written and lasts; what is around it stays hidden",
  async () => {
    const data = treeWith({ secret: "hidden", "checkers/a/x": "", "checkers/b/x": "" })
    const { processes } = await project({ policy: { hidden: [data], caches: [join(data, "checkers/a")] } })
    const run = await processes.run(`cd ${data} && ls -R . ; echo kept > checkers/a/y; echo lost > other`)
    expect(run.output.text).not.toMatch(/secret|:\nb/)
    expect(readFileSync(join(data, "checkers/a/y"), "utf8")).toBe("kept\n")
    expect(readdirSync(data).sort()).toEqual(["checkers", "secret"])
  },
)
