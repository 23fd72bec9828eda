import { LLMock } from "@copilotkit/aimock"

/** What a scripted model answers: text, or calls of tools. */
export type Answer =
  | string
  | { readonly text?: string; readonly calls: readonly (readonly [name: string, args: object])[] }

export interface Asked {
  /** The user's last message. */
  readonly task: string
  /** How many answers were given since then: the same however often a crash makes the same request come again. */
  readonly step: number
  /** Results of tools since then, oldest first. */
  readonly results: readonly string[]
}

export interface ScriptedProvider {
  /** For the environment of a `place`. */
  readonly env: Readonly<Record<string, string>>
  /** Every request that came, by its task and step. */
  readonly asked: Asked[]
  [Symbol.asyncDispose](): Promise<void>
}

interface Message {
  readonly role: string
  readonly content?: unknown
}

/** A model over real HTTP that answers by what it is asked, and by nothing else. */
export async function scriptedProvider(
  answer: (asked: Asked) => Answer,
  { latencyMs = 0, chunkSize = 8 }: { readonly latencyMs?: number; readonly chunkSize?: number } = {},
): Promise<ScriptedProvider> {
  const mock = new LLMock({ port: 0, chunkSize, latency: latencyMs })
  const asked: Asked[] = []
  mock.on({ predicate: () => true }, (request) => {
    const one = readRequest(request.messages as readonly Message[])
    asked.push(one)
    const given = answer(one)
    if (typeof given === "string") return { content: given }
    const toolCalls = given.calls.map(([name, args], at) => ({
      id: `call_${one.step}_${at}`,
      name,
      arguments: JSON.stringify(args),
    }))
    return given.text === undefined ? { toolCalls } : { content: given.text, toolCalls }
  })
  const address = await mock.start()
  return {
    env: { OPENAI_BASE_URL: `${address}/v1`, OPENAI_API_KEY: "sk-scripted" },
    asked,
    async [Symbol.asyncDispose]() {
      await mock.stop()
    },
  }
}

function readRequest(messages: readonly Message[]): Asked {
  const last = messages.findLastIndex(({ role }) => role === "user")
  const since = messages.slice(last + 1)
  return {
    task: textOf(messages[last]?.content),
    step: since.filter(({ role }, at) => role === "assistant" && since[at - 1]?.role !== "assistant").length,
    results: since.filter(({ role }) => role === "tool").map(({ content }) => textOf(content)),
  }
}

function textOf(content: unknown): string {
  if (typeof content === "string") return content
  if (!Array.isArray(content)) return ""
  return content
    .map((part: unknown) => (typeof part === "object" && part !== null && "text" in part ? String(part.text) : ""))
    .join("")
}
