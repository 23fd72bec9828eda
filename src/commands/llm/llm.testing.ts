import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { Readable } from "node:stream"
import { LLMock } from "@copilotkit/aimock"
import { onTestFinished } from "vitest"
import type { CommandAnswer } from "../../base/wire.ts"
import { duckClient } from "../../clients/sdk/index.ts"
import { runLocal } from "../../server/local.ts"
import { type ServerUnderTest, serverUnderTest, temporaryHome } from "../../server/server.testing.ts"

export const key = "sk-live-0123456789-never-to-be-seen"
export const usage = { prompt_tokens: 1_200, completion_tokens: 80 }

/** A provider that answers "It is so.", unless it is set otherwise; gone with the test. */
export async function scripted(
  set: (mock: LLMock) => unknown = (mock) => mock.onMessage(/.*/, { content: "It is so.", usage }),
) {
  const mock = new LLMock({ port: 0 })
  set(mock)
  await mock.start()
  onTestFinished(() => mock.stop())
  return mock
}

export const failing = (mock: LLMock) =>
  mock.onMessage(/.*/, { error: { message: "down", type: "server_error" }, status: 500 })
export const chat = (url: string, more: object = {}) => ({ kind: "openai-chat", url: `${url}/v1`, model: "m", ...more })

/** A server whose log goes to the files of its home, as a real one's does. */
export async function serverWith({ llm = {}, env = {} }: { llm?: object; env?: NodeJS.ProcessEnv } = {}) {
  const server: ServerUnderTest = await serverUnderTest({ env })
  onTestFinished(server.end)
  const set = (values: object) => {
    const path = join(server.home, "config", "config.json")
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, JSON.stringify({ llm: values }))
  }
  if (Object.keys(llm).length > 0) set(llm)
  const project = join(server.home, "project")
  mkdirSync(project)
  const duck = duckClient({ address: { url: server.url, token: server.file.token }, project })
  return { ...server, duck, set, project }
}

/** A command without a server, as a process of its own runs it (duck-local.test.ts starts one), with `stdin` typed in. */
export async function local(home: string, name: string, input: object, { stdin = "", env = {} } = {}) {
  const request = { name, input, project: home, rendering: { format: "json" } }
  let output = ""
  const written = { write: (text: string) => (output += text) }
  const exitCode = await runLocal(JSON.stringify(request), {
    env: { PATH: process.env.PATH, DUCK_HOME: home, ...env },
    stdin: Readable.from([stdin]),
    stdout: written,
    stderr: written,
    signal: new AbortController().signal,
  })
  return { exitCode, output, json: () => JSON.parse(output) }
}

export function homeOf() {
  const { home, remove } = temporaryHome()
  onTestFinished(remove)
  return home
}
export const settingsOf = (home: string) => readFileSync(join(home, "config", "config.json"), "utf8")

export const textOf = ({ rendered = "" }: CommandAnswer) => rendered
export const asText = { rendering: { format: "text", width: 120 } } as const
