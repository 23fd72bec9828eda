import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { event } from "../../src/assistant/conversation/decide.ts"
import type { ConversationEvent } from "../../src/assistant/conversation/events.ts"
import { conversationsProjection } from "../../src/assistant/conversation/tables.ts"
import { patternsProjection } from "../../src/assistant/memory/patterns.ts"
import { memoriesProjection } from "../../src/assistant/memory/view.ts"
import { newId } from "../../src/base/ids.ts"
import { seededRandom } from "../../src/base/random.ts"
import { openFabric } from "../../src/fabric/embedded/fabric.ts"
import type { Sequencer } from "../../src/fabric/ports.ts"
import { emitted } from "../gateway/process.ts"

export interface Filling {
  /** The data folder. */
  readonly folder: string
  /** Conversations are spread over these roots, whose logs they are in. */
  readonly projects: readonly { readonly root: string; readonly log: string }[]
  readonly conversations: number
  /** The first so many of them have `longMessages`, the others `shortMessages`. */
  readonly long: number
  readonly longMessages: number
  readonly shortMessages: number
}

export interface Filled {
  readonly messages: number
  readonly appendedMs: number
  readonly viewsMs: number
}

/** A word that stands in one message of a thousand, and one of a single message. */
export const rareWord = "thermocline"
export const onlyWord = "quackgrass"

const random = seededRandom(7)
const words = Array.from({ length: 4000 }, (_, n) => {
  const parts = ["lo", "gin", "re", "try", "par", "ser", "in", "dex", "to", "ken", "mo", "del", "se", "ver", "pa", "ge"]
  return [n % 16, (n >> 4) % 16, (n >> 8) % 16].map((at) => parts[at]).join("")
})
const word = () => words[Math.floor(random() ** 2 * words.length)] ?? ""
const sentence = (length: number) => Array.from({ length }, word).join(" ")

/** About 200 characters of a question and 400 of an answer, the words as unevenly used as in a language. */
function exchange(n: number): readonly ConversationEvent[] {
  const [turn, asked, answered] = [newId(), newId(), newId()]
  const extra = n === 4321 ? ` ${onlyWord}` : random() < 0.002 ? ` ${rareWord}` : ""
  const usage = { inputTokens: 2000, cachedInputTokens: 1500, outputTokens: 100, costUsd: 0.001 }
  return [
    event("user.spoke", { message: asked, parts: [{ kind: "text", text: `${sentence(28)}${extra}?` }] }),
    event("turn.started", { turn, message: asked, by: "bench" }),
    event("assistant.spoke", {
      message: answered,
      turn,
      parts: [{ kind: "text", text: `${sentence(56)}.` }],
      model: "bench/scripted",
      usage,
      finish: "stop",
    }),
    event("turn.ended", { turn, how: "done", why: "Answered.", steps: 1 }),
  ]
}

/** Conversations as the assistant stores them, but in big commits: a hundred exchanges in each. */
async function fill(filling: Filling): Promise<Filled> {
  const { folder, projects, conversations, long, longMessages, shortMessages } = filling
  mkdirSync(folder, { recursive: true })
  const fabric = await openFabric({ folder })
  try {
    const startedAt = performance.now()
    let messages = 0
    for (let n = 0; n < conversations; n++) {
      const project = projects[n % projects.length]
      if (!project) throw new Error("no project")
      const count = n < long ? longMessages : shortMessages
      await conversation(fabric.sequencer, project, n, Math.ceil(count / 2), messages)
      messages += count
      if (n % 1000 === 999) console.error(`${n + 1} conversations appended`)
    }
    const appendedMs = performance.now() - startedAt
    const viewsAt = performance.now()
    for (const projection of [conversationsProjection, memoriesProjection, patternsProjection]) {
      await fabric.views.open(projection)
      console.error(`view ${projection.name}: ${((performance.now() - viewsAt) / 1000).toFixed(0)} s`)
    }
    return { messages, appendedMs, viewsMs: performance.now() - viewsAt }
  } finally {
    await fabric.close()
  }
}

const inACommit = 100

async function conversation(
  sequencer: Sequencer,
  { root, log }: Filling["projects"][number],
  n: number,
  exchanges: number,
  from: number,
): Promise<void> {
  const stream = `conv.${newId()}`
  const started = event("conversation.started", { title: `${sentence(5)} (${n})`, root, mode: "ask", model: "" })
  let expect = 0
  for (let at = 0; at < exchanges; at += inACommit) {
    const told = Array.from({ length: Math.min(inACommit, exchanges - at) }, (_, i) => exchange(from + at + i)).flat()
    const [first, ...rest] = at === 0 ? [started, ...told] : told
    if (!first) continue
    const meta = { actor: "bench", node: "bench", epoch: 0, at: new Date().toISOString() }
    const answer = await sequencer.append(log, { id: newId(), stream, expect, events: [first, ...rest], meta })
    if (answer.kind !== "committed") throw new Error(`an append ended as ${answer.kind}`)
    expect = answer.pos
  }
}

if (import.meta.main) {
  for await (const line of createInterface({ input: process.stdin })) {
    const filling = JSON.parse(line) as Filling
    for (const { root } of filling.projects) {
      mkdirSync(root, { recursive: true })
      writeFileSync(join(root, "package.json"), "{}\n")
    }
    emitted(await fill(filling))
  }
}
