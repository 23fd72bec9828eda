import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"
import { type Connection, duckClient } from "../../src/clients/sdk/index.ts"
import { emitted } from "../gateway/process.ts"

/** People who talk with a server: one conversation on one WebSocket each, which they watch. */
export interface Crowd {
  readonly url: string
  readonly token: string
  /** Conversations are spread over these folders. */
  readonly projects: readonly string[]
  readonly conversations: number
  /** Begun in a second. */
  readonly rampPerSecond: number
  /** Each says the next thing so long after the answer, a half more or less. */
  readonly thinkMs: number
  /** Talks so long once all have begun. */
  readonly forMs: number
}

export interface Talked {
  /** Milliseconds of each message, from all conversations, once all of them were open. */
  readonly overheadMs: readonly number[]
  /** The two parts of it: said -> the model has the request; the model is done -> stored and heard. */
  readonly beforeMs: readonly number[]
  readonly afterMs: readonly number[]
  readonly openMs: readonly number[]
  /** Answered in all that time, also what was said before it, and how long it was. */
  readonly messages: number
  readonly tookMs: number
  readonly failed: number
  /** Turns under way at once, on average. */
  readonly running: number
}

const beginsAtOnce = 4

const nowMs = () => performance.timeOrigin + performance.now()

async function talk(crowd: Crowd): Promise<Talked> {
  const overheadMs: number[] = []
  const beforeMs: number[] = []
  const afterMs: number[] = []
  const openMs: number[] = []
  const connections: Connection[] = []
  let [failed, running, messages] = [0, 0, 0]
  let isSteady = false
  let isOver = false
  let sum = { running: 0, samples: 0 }

  const person = async (n: number) => {
    const project = crowd.projects[n % crowd.projects.length]
    if (project === undefined) throw new Error("no project")
    const connection = duckClient({ address: crowd, project }).connect()
    connections.push(connection)
    const openedAt = nowMs()
    const { id } = await connection.call("session.start", { title: `talk ${n}` })
    let heard = (_text: string) => {}
    const watching = connection.call(
      "session.watch",
      { session: id },
      { onItem: (item) => heard(answerOf(item)), timeoutMs: 0 },
    )
    watching.catch(() => {})
    openMs.push(nowMs() - openedAt)
    return async () => {
      while (!isOver) {
        const counts = isSteady
        const answered = new Promise<string>((resolve) => {
          heard = (text) => void (text !== "" && resolve(text))
        })
        const saidAt = nowMs()
        running += 1
        await connection.call("session.say", { session: id, text: "Where is the hash chain of the log extended?" })
        const text = await answered
        const heardAt = nowMs()
        running -= 1
        const [, from, to] = /from=([\d.]+);.* to=([\d.]+);/s.exec(text) ?? []
        if (isSteady && !isOver) messages += 1
        if (from === undefined || to === undefined) failed += 1
        else if (counts && !isOver) {
          beforeMs.push(Number(from) - saidAt)
          afterMs.push(heardAt - Number(to))
          overheadMs.push(Number(from) - saidAt + heardAt - Number(to))
        }
        await pause(crowd.thinkMs * (0.5 + Math.random()))
      }
    }
  }

  const talking: Promise<void>[] = []
  for (let n = 0; n < crowd.conversations; n += beginsAtOnce) {
    const due = pause((1000 * beginsAtOnce) / crowd.rampPerSecond)
    const few = Array.from({ length: Math.min(beginsAtOnce, crowd.conversations - n) }, (_, i) => person(n + i))
    for (const go of await Promise.all(few)) {
      talking.push(
        go().catch(() => {
          failed += isOver ? 0 : 1
        }),
      )
    }
    await due
  }
  // Those that began last have answered once, too.
  await pause(crowd.thinkMs)
  isSteady = true
  emitted({ areOpen: true })
  const startedAt = performance.now()
  const sampling = setInterval(() => {
    sum = { running: sum.running + running, samples: sum.samples + 1 }
  }, 100)
  await pause(crowd.forMs)
  isOver = true
  clearInterval(sampling)
  const tookMs = performance.now() - startedAt
  for (const connection of connections) connection.close()
  return { overheadMs, beforeMs, afterMs, openMs, messages, tookMs, failed, running: sum.running / sum.samples }
}

/** The text of an answer that is stored; "" of everything else. */
function answerOf(item: unknown): string {
  const { type, data } = item as { type?: string; data?: { parts: readonly { text?: string }[] } }
  return type === "assistant.spoke" ? (data?.parts ?? []).map(({ text = "" }) => text).join("") : ""
}

if (import.meta.main) {
  for await (const line of createInterface({ input: process.stdin })) emitted(await talk(JSON.parse(line) as Crowd))
}
