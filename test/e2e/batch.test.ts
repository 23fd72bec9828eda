import { once } from "node:events"
import { readFileSync } from "node:fs"
import { createServer, request as httpRequest, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { join } from "node:path"
import { text } from "node:stream/consumers"
import { expect, test } from "vitest"
import { type Place, place, type Ran, sampleFiles, until } from "./place.ts"
import { scriptedProvider } from "./scripted-provider.ts"

const made = "export const pauseMs = 1_000\n"
const edits = {
  title: "A pause",
  explanation: "The pause that was asked for.",
  files: [{ path: "src/pause.ts", action: "create", content: made, edits: null, to: null }],
}

/** A scripted model behind a gate: what it is asked waits there until the gate is opened. */
async function gatedProvider() {
  const provider = await scriptedProvider(({ task }) =>
    task.includes("Make this:") ? JSON.stringify(edits) : "It is in src/token.ts.",
  )
  const behind = provider.env.OPENAI_BASE_URL ?? ""
  const waiting = new Map<ServerResponse, () => void>()
  /** What was asked, in a word. */
  const asked: string[] = []
  let isOpen = false
  let most = 0
  const gate = createServer(async (request, response) => {
    const body = await text(request)
    if (request.method === "POST") {
      asked.push(body.includes("Make this:") ? "generate" : "ask")
      response.once("close", () => waiting.delete(response))
      if (!isOpen)
        await new Promise<void>((pass) => {
          waiting.set(response, pass)
          most = Math.max(most, waiting.size)
        })
    }
    const { method = "GET", headers, url = "" } = request
    const onward = httpRequest(
      behind + url,
      { method, headers: { ...headers, host: new URL(behind).host } },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers)
        answer.pipe(response)
      },
    )
    onward.end(body)
  })
  gate.listen(0, "127.0.0.1")
  await once(gate, "listening")
  const { port } = gate.address() as AddressInfo
  return {
    env: { ...provider.env, OPENAI_BASE_URL: `http://127.0.0.1:${port}` },
    asked,
    waiting: () => waiting.size,
    /** Most that waited at once. */
    most: () => most,
    open() {
      isOpen = true
    },
    async [Symbol.asyncDispose]() {
      gate.closeAllConnections()
      gate.close()
      await once(gate, "close")
      await provider[Symbol.asyncDispose]()
    },
  }
}

const list = `- [ ] duck memory add Prices are in cents
- [ ] duck ask where is the token file written
- [ ] duck generate "a pause" --file src/pause.ts --no-check --apply
- [ ] duck search backoff
- [ ] duck explain src/token.ts --no-model
`

interface Report {
  readonly done: number
  readonly failed: number
  readonly entries: readonly { readonly state: string; readonly outcome: { readonly error: unknown } | null }[]
}
const reportOf = ({ stdout }: Ran) => JSON.parse(stdout) as Report
const states = (ran: Ran) => reportOf(ran).entries.map(({ state }) => state)

async function jobs(here: Place, env: NodeJS.ProcessEnv): Promise<Record<string, number>> {
  const listed = JSON.parse((await here.duck(["jobs", "list", "--json"], { env })).stdout) as {
    jobs: { state: string }[]
  }
  const counts: Record<string, number> = {}
  for (const { state } of listed.jobs) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

test("a list whose server was killed goes on: what only reads is begun again, what may have written is told", async () => {
  await using here = place({ ...sampleFiles, "todo.md": list })
  await using provider = await gatedProvider()
  const { env } = provider
  const duck = (...args: string[]) => here.duck(args, { env })

  const cut = duck("batch", "todo.md", "--parallel", "3")
  // Two wait for the model, the third lane does all the others.
  await until("the model is asked for both", () => provider.waiting() === 2)
  await until("all others are done", async () => (await jobs(here, env)).succeeded === 3)
  process.kill(here.server()?.pid ?? 0, "SIGKILL")
  const { code, stderr } = await cut
  expect(code).toBe(3)
  expect(stderr).toMatch(/The server went away.*\n.*[Rr]un the command again/)
  await until("the model is waited for no more", () => provider.waiting() === 0)

  const looked = await duck("batch", "todo.md", "--dry-run", "--json")
  expect(reportOf(looked).done).toBe(3)
  provider.open()
  const resumed = await duck("batch", "todo.md", "--json")
  expect(states(resumed)).toEqual(["done", "done", "given up", "done", "done"])
  expect(reportOf(resumed)).toMatchObject({ done: 4, failed: 1 })
  expect(reportOf(resumed).entries[2]?.outcome?.error).toMatchObject({
    code: "WORKER_LOST",
    message: expect.stringMatching(/cut off and may have changed something/),
  })
  expect(resumed.code).toBe(1)
  expect(provider.asked.toSorted()).toEqual(["ask", "ask", "generate"])

  const told = await duck("batch", "todo.md")
  expect(told.stdout).toMatch(/4 of 5 commands done, 1 failed[\s\S]*given up[\s\S]*Failures[\s\S]*--retry/)
  const retried = await duck("batch", "todo.md", "--retry", "--json")
  expect(states(retried)).toEqual(["done", "done", "done", "done", "done"])
  expect(readFileSync(join(here.project, "src/pause.ts"), "utf8")).toBe(made)
  expect(provider.asked.toSorted()).toEqual(["ask", "ask", "generate", "generate"])
  const { memories } = JSON.parse((await duck("memory", "list", "--json")).stdout) as { memories: unknown[] }
  expect(memories).toHaveLength(1)
  expect((await duck("batch", "todo.md", "--json")).stdout).toBe(retried.stdout)
})

test("as many run at once as were asked for; Ctrl-C leaves the rest for the next time", async () => {
  const questions = ["token file", "backoff", "start", "retry"].map((about) => `- duck ask where is the ${about}\n`)
  await using here = place({ ...sampleFiles, "todo.md": questions.join("") })
  await using provider = await gatedProvider()
  const { env } = provider
  let pid = 0
  const cut = here.duck(["batch", "todo.md", "--parallel", "3"], { env, onSpawn: (child) => (pid = child.pid ?? 0) })
  await until("three are asked", () => provider.waiting() === 3)
  expect(await jobs(here, env)).toEqual({ running: 3, queued: 1 })
  process.kill(pid, "SIGINT")
  expect((await cut).code).toBe(130)
  await until("none waits for the model", () => provider.waiting() === 0)
  await until("none runs", async () => (await jobs(here, env)).queued === 4)
  expect(provider.most()).toBe(3)
  provider.open()
  const resumed = await here.duck(["batch", "todo.md", "--json"], { env })
  expect([resumed.code, states(resumed)]).toEqual([0, ["done", "done", "done", "done"]])
  expect(provider.asked).toHaveLength(3 + 4)
})
