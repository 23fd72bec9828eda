import { mkdtempSync, rmSync } from "node:fs"
import { connect, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { WebSocket } from "ws"
import { z } from "zod"
import { foldersOf } from "../base/folders.ts"
import { abortReason } from "../base/signal.ts"
import { type CommandAnswer, type ErrorAnswer, subprotocols } from "../base/wire.ts"
import { type CommandSet, commandSet, defineCommand } from "../commands/command.ts"
import { registry } from "../commands/registry.ts"
import { type RunningServer, type ServerOptions, startServer } from "./server.ts"

/** A data folder of its own, gone after the test. */
export function temporaryHome() {
  const home = mkdtempSync(join(tmpdir(), "duck-server-"))
  const folders = foldersOf({ DUCK_HOME: home })
  return { home, folders, remove: () => rmSync(home, { recursive: true, force: true }) }
}

/** Commands with nothing behind them, so that tests of the way there hold still. */
export function tryCommands() {
  const started: string[] = []
  const ended: string[] = []
  const waiters = new Set<() => void>()
  const waits = new Set<() => void>()
  const changed = () => {
    for (const waiter of waiters) waiter()
  }
  const commands = commandSet([
    defineCommand({
      name: "try.echo",
      summary: "Answer with the text",
      examples: [{ line: "duck try echo hi", says: "hi" }],
      input: z.object({
        text: z.string().describe("What to say"),
        times: z.int().min(1).default(1).describe("How often"),
      }),
      output: z.object({ text: z.string() }),
      positionals: ["text"],
      permission: "read",
      run: async ({ text, times }) => ({ text: text.repeat(times) }),
      present: ({ text }) => [{ kind: "paragraph", text }],
    }),
    defineCommand({
      name: "try.wait",
      summary: "Wait until cancelled",
      examples: [{ line: "duck try wait", says: "for ever" }],
      input: z.object({ isDeaf: z.boolean().default(false).describe("Do not listen to the signal") }),
      output: z.object({}),
      permission: "write",
      timeoutMs: 0,
      async run({ isDeaf }, { signal, progress }) {
        started.push("wait")
        changed()
        progress({ phase: "wait", done: 1, total: 2, message: "waiting" })
        return new Promise<Record<string, never>>((resolve, reject) => {
          waits.add(() => resolve({}))
          signal.addEventListener("abort", () => {
            ended.push(abortReason(signal).message)
            changed()
            if (!isDeaf) reject(abortReason(signal))
          })
        })
      },
    }),
    defineCommand({
      name: "try.count",
      summary: "Report progress many times",
      examples: [{ line: "duck try count", says: "a lot" }],
      input: z.object({ to: z.int().default(100).describe("How far") }),
      output: z.object({ to: z.int() }),
      permission: "read",
      async run({ to }, { progress }) {
        for (let done = 1; done <= to; done++) progress({ phase: "count", done, total: to, message: "x".repeat(1_000) })
        return { to }
      },
    }),
    defineCommand({
      name: "try.break",
      summary: "Fail in a way nobody foresaw",
      examples: [{ line: "duck try break", says: "an error" }],
      input: z.object({ how: z.enum(["throw", "lie"]).describe("In which way") }),
      output: z.object({ n: z.number() }),
      permission: "read",
      async run({ how }) {
        if (how === "throw") throw new TypeError("undefined is not a duck")
        return { n: "not a number" } as unknown as { n: number }
      },
    }),
  ])
  return {
    commands,
    started,
    ended,
    /** Lets every `try.wait` come to its end. */
    release() {
      for (const resolve of waits) resolve()
    },
    /** Resolves once `isSo`; looked at whenever a command starts or ends. */
    async until(isSo: () => boolean) {
      while (!isSo()) {
        await new Promise<void>((resolve) => waiters.add(resolve))
        waiters.clear()
      }
    },
  }
}

export interface ServerUnderTest extends RunningServer {
  readonly home: string
  readonly tried: ReturnType<typeof tryCommands>
  post(name: string, input?: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>
  call(name: string, input?: unknown, headers?: Record<string, string>): Promise<CommandAnswer>
  rpc(options?: { protocols?: string[]; headers?: Record<string, string>; path?: string }): WebSocket
  raw(): Socket
  end(): Promise<void>
}

export async function serverUnderTest(options: Partial<ServerOptions> = {}): Promise<ServerUnderTest> {
  const { home, folders, remove } = temporaryHome()
  const tried = tryCommands()
  const commands: CommandSet = { ...registry, ...tried.commands }
  const server = await startServer({ folders, commands, ...options, env: { PATH: process.env.PATH, ...options.env } })
  const authorization = `Bearer ${server.file.token}`
  const sockets = new Set<WebSocket>()
  const post: ServerUnderTest["post"] = (name, input, headers = {}, signal) =>
    fetch(`${server.url}/v1/commands/${name}`, {
      method: "POST",
      headers: { authorization, ...headers },
      ...(input === undefined ? {} : { body: typeof input === "string" ? input : JSON.stringify(input) }),
      ...(signal ? { signal } : {}),
    })
  return {
    ...server,
    home,
    tried,
    post,
    async call(name, input, headers) {
      const response = await post(name, input, headers)
      const answer = (await response.json()) as CommandAnswer & ErrorAnswer
      if (!response.ok) throw new Error(`${answer.error.code}: ${answer.error.message}`)
      return answer
    },
    rpc({ protocols = [subprotocols.json], headers = { authorization }, path = "/v1/rpc" } = {}) {
      const socket = new WebSocket(`ws://127.0.0.1:${server.file.port}${path}`, protocols, { headers })
      // Refusals are looked at by those who expect them.
      socket.on("error", () => {})
      sockets.add(socket)
      return socket
    },
    raw: () => connect({ port: server.file.port, host: "127.0.0.1" }),
    async end() {
      for (const socket of sockets) socket.terminate()
      server.stop("the test is over")
      await server.stop("at once")
      remove()
    },
  }
}

/** The events of a text/event-stream, parsed. */
export async function* eventsOf(response: Response): AsyncGenerator<{ event: string; data: unknown }> {
  let text = ""
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const block = text.slice(0, end)
      text = text.slice(end + 2)
      const event = /^event: (.*)$/m.exec(block)?.[1]
      if (event) yield { event, data: JSON.parse(/^data: (.*)$/m.exec(block)?.[1] ?? "null") }
    }
  }
}
