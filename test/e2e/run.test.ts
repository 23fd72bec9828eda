import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { seededRandom } from "../../src/base/random.ts"
import { duckProgram, isAlive, type Place, place, until } from "./place.ts"
import { type Answer, type Asked, scriptedProvider } from "./scripted-provider.ts"

/** Looks, writes one file, and says that it is done. */
const small = ({ task, step }: Asked): Answer => {
  if (step === 0) return { text: "I will **look**.\n", calls: [["read", { path: "src/token.ts" }]] }
  if (step === 1) return { calls: [["write", { path: "src/new.ts", content: "export const made = 1\n" }]] }
  return `Done with: ${task}`
}

/** The command line with something piped into it. */
function piped(here: Place, args: readonly string[], text: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    const child = spawn(process.execPath, [duckProgram, ...args], { cwd: here.project, env: { ...here.env, ...env } })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (part) => (stdout += part))
    child.stderr.setEncoding("utf8").on("data", (part) => (stderr += part))
    child.once("error", reject)
    child.once("close", (code) => resolve({ code, stdout, stderr }))
    child.stdin.end(text)
  })
}

const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)

describe("duck run", () => {
  test("does a task: its words on standard output, what it did on standard error", async () => {
    await using here = place()
    await using provider = await scriptedProvider(small)
    const ran = await here.duck(["run", "--mode", "accept-edits", "make", "it"], { env: provider.env })
    expect(ran.stdout).toBe("I will **look**.\nDone with: make it\n")
    expect(ran.stderr).toMatch(/✓ read src\/token\.ts/)
    expect(ran.stderr).toMatch(/✓ write src\/new\.ts/)
    expect(ran.stderr).toMatch(/created src\/new\.ts\n.*3 steps.*Go on: duck run --session \w{26}/s)
    expect(ran.code).toBe(0)
    expect(readFileSync(join(here.project, "src/new.ts"), "utf8")).toBe("export const made = 1\n")
  })

  test("asks nobody: what is not allowed is said, and is exit code 1", async () => {
    await using here = place()
    await using provider = await scriptedProvider(small)
    const ran = await here.duck(["run", "make", "it"], { env: provider.env })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/⊘ write src\/new\.ts/)
    expect(ran.stderr).toContain("1 call not allowed (write)")
    expect(existsSync(join(here.project, "src/new.ts"))).toBe(false)
    const allowed = await here.duck(["run", "--continue", "--allow", "write", "-q", "again"], { env: provider.env })
    expect([allowed.code, allowed.stderr]).toEqual([0, ""])
    expect(existsSync(join(here.project, "src/new.ts"))).toBe(true)
  })

  test("takes what is piped in, and gives JSON at the end or a line for each event", async () => {
    await using here = place()
    await using provider = await scriptedProvider(({ task }) => `It is ${task.length} long.`)
    const whole = await piped(here, ["run", "--json", "count"], "piped text", provider.env)
    expect(JSON.parse(whole.stdout)).toMatchObject({ how: "done", text: `It is ${"count\n\npiped text".length} long.` })
    const alone = await piped(here, ["run", "--output-format", "stream-json"], "only piped", provider.env)
    const lines = jsonLines(alone.stdout)
    expect(lines[0]).toMatchObject({ kind: "opened", title: "only piped" })
    expect(lines.filter(({ type }) => type === "assistant.spoke").length).toBe(1)
    expect(lines.at(-1)).toMatchObject({ kind: "result", how: "done", text: "It is 10 long." })
  })

  test("without a task, or without a model, says what to do", async () => {
    await using here = place()
    const nothing = await piped(here, ["run"], "", {})
    expect(nothing.code).toBe(2)
    expect(nothing.stderr).toContain("There is no task.")
    const env = { OPENAI_API_KEY: "", ANTHROPIC_API_KEY: "" }
    const modelless = await here.duck(["run", "hello"], { env })
    expect(modelless.code).toBe(1)
    expect(modelless.stderr).toMatch(/duck llm connect/)
  })

  test("ends at Ctrl-C on the server too, and says how to go on", async () => {
    await using here = place()
    await using provider = await scriptedProvider(({ step }) => (step === 0 ? "slowly ".repeat(200) : ""), {
      latencyMs: 20,
    })
    const ran = await here.duck(["run", "talk"], {
      env: provider.env,
      onSpawn: (child) => child.stdout?.once("data", () => child.kill("SIGINT")),
    })
    expect(ran.code).toBe(130)
    const session = /Go on: duck run --session (\w{26})/.exec(ran.stderr)?.[1] ?? ""
    await until("the turn is over", async () => {
      const listed = JSON.parse((await here.duck(["session", "list", "--json"])).stdout)
      return listed.sessions[0]?.isRunning === false
    })
    const exported = JSON.parse((await here.duck(["session", "export", session])).stdout)
    const types = exported.events.map(({ type }: { type: string }) => type)
    expect(types.slice(-2)).toEqual(["assistant.spoke", "turn.ended"])
    expect(exported.events.at(-1).data.how).toBe("interrupted")
  })

  test("a server that stops suspends the turn, and the next one goes on with it", async () => {
    await using here = place()
    const gate = Promise.withResolvers<void>()
    let isOpen = false
    await using provider = await scriptedProvider(
      ({ step }) => {
        if (step === 0) return { calls: [["read", { path: "README.md" }]] }
        gate.resolve()
        return isOpen ? "Finished." : "word ".repeat(2_000)
      },
      { latencyMs: 5 },
    )
    const running = here.duck(["run", "go"], { env: provider.env })
    await gate.promise
    isOpen = true
    await here.duck(["stop"], { env: provider.env })
    const ran = await running
    expect(ran.stderr).toContain("It goes on with the next start of the server")
    expect(ran.code).toBe(3)
    const after = await here.duck(["run", "--continue"], { env: provider.env })
    // It may be done before anyone has asked.
    if (after.code === 0) expect(after.stdout).toContain("Finished.")
    const shown = await here.duck(["session", "list", "--json"], { env: provider.env })
    const { sessions } = JSON.parse(shown.stdout)
    const exported = JSON.parse((await here.duck(["session", "export", sessions[0].id])).stdout)
    expect(exported.events.at(-1)).toMatchObject({ type: "turn.ended", data: { how: "done", steps: 2 } })
  })
})

/** Writes five files, each after a look at the one before. */
const steps = 5
const long = ({ step, results }: Asked): Answer => {
  const path = (n: number) => `made/file-${n}.txt`
  if (step >= 2 * steps) return `All ${results.length} steps are done.`
  const n = Math.floor(step / 2)
  if (step % 2 === 0) return { text: `Step ${n}. `, calls: [["write", { path: path(n), content: `content ${n}\n` }]] }
  return {
    calls: [
      ["read", { path: path(n) }],
      ["list", { path: "made" }],
    ],
  }
}

const rounds = Number(process.env.DUCK_KILL_ROUNDS ?? 10)

test(`a task whose server is killed ${rounds} times finishes, with no step lost and none done twice`, async () => {
  const random = seededRandom(Number(process.env.DUCK_KILL_SEED ?? 4))
  for (let round = 0; round < rounds; round++) {
    await using here = place()
    await using provider = await scriptedProvider(long, { latencyMs: 2, chunkSize: 4 })
    let isOver = false
    let isTold = false
    const running = here
      .duck(["run", "--mode", "accept-edits", "--output-format", "stream-json", "go"], {
        env: provider.env,
        onSpawn: (child) => child.stdout?.once("data", () => (isTold = true)),
      })
      .finally(() => (isOver = true))
    // Not before the command line knows which conversation it is, and there is something to lose.
    await until("the model is asked", () => (isTold && provider.asked.length > 0) || isOver)
    for (let kills = 1 + Math.floor(random() * 3); kills > 0 && !isOver; kills--) {
      const after = provider.asked.length + Math.floor(random() * 4)
      await until("the task is further on", () => provider.asked.length >= after || isOver)
      await new Promise((resolve) => setTimeout(resolve, random() * 30))
      const pid = here.server()?.pid
      if (isOver || pid === undefined || !isAlive(pid)) continue
      process.kill(pid, "SIGKILL")
      await until("another server is there", () => isOver || (here.server()?.pid ?? pid) !== pid)
    }
    const ran = await running
    expect([round, ran.code, ran.stderr]).toEqual([round, 0, ""])
    expect(jsonLines(ran.stdout).at(-1)).toMatchObject({ kind: "result", how: "done", steps: 2 * steps + 1 })
    const listed = JSON.parse((await here.duck(["session", "list", "--json"], { env: provider.env })).stdout)
    expect(listed.sessions).toMatchObject([{ isRunning: false }])
    const exported = JSON.parse((await here.duck(["session", "export", listed.sessions[0].id])).stdout)
    checkHistory(exported.events)
    for (let n = 0; n < steps; n++) {
      expect(readFileSync(join(here.project, `made/file-${n}.txt`), "utf8")).toBe(`content ${n}\n`)
    }
  }
}, 600_000)

interface Stored {
  readonly type: string
  readonly data: Record<string, unknown>
}

/** Each answer and each outcome once, in the order of the script; nothing was intended that has no outcome. */
function checkHistory(events: readonly Stored[]) {
  const of = (type: string) => events.filter((event) => event.type === type).map(({ data }) => data)
  expect(of("user.spoke").length).toBe(1)
  expect(of("turn.ended")).toMatchObject([{ how: "done", steps: 2 * steps + 1 }])
  const texts = of("assistant.spoke").flatMap(({ parts }) =>
    (parts as { kind: string; text?: string }[]).flatMap((part) => (part.kind === "text" ? [part.text] : [])),
  )
  expect(texts).toEqual([...Array.from({ length: steps }, (_, n) => `Step ${n}. `), `All ${3 * steps} steps are done.`])
  const finished = of("tool.finished").map(({ call, outcome }) => [call, outcome])
  expect(finished.length).toBe(3 * steps)
  expect(new Set(finished.map(([call]) => call)).size).toBe(3 * steps)
  expect(finished.filter(([, outcome]) => outcome !== "done")).toEqual([])
  const done = new Set(finished.map(([call]) => call))
  expect(of("tool.intended").filter(({ call }) => !done.has(String(call)))).toEqual([])
}
