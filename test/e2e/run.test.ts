import { spawn } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, test } from "vitest"
import { killRounds } from "./kill-rounds.ts"
import { duckProgram, type Place, place, until } from "./place.ts"
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

const rounds = Number(process.env.DUCK_KILL_ROUNDS ?? 50)

test(`a task that edits and runs is done as if nothing had happened, killed at any moment: ${rounds} rounds`, async () => {
  const { kills, unknown } = await killRounds({ rounds, seed: Number(process.env.DUCK_KILL_SEED ?? 4) })
  // It can fail: servers were killed, and not only while nothing was under way.
  expect(kills).toBeGreaterThanOrEqual(rounds)
  expect(unknown).toBeLessThan(kills)
}, 600_000)
