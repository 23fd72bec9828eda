import { InvalidInputError } from "../../base/errors.ts"
import { abortReason, throwIfAborted } from "../../base/signal.ts"
import type { LogStore } from "../../fabric/ports.ts"
import type { Assistant } from "../assistant.ts"
import { event } from "../conversation/decide.ts"
import { type ConversationEvent, readConversationEvent } from "../conversation/events.ts"
import { type LiveConversation, streamOfConversation } from "../conversation/live.ts"
import type { LedgerChange } from "../ledger/change.ts"
import type { Ledger } from "../ledger/ledger.ts"
import type { TurnEnd } from "../loop/options.ts"
import { childIdOf } from "./child-id.ts"
import type { Delegate, Delegated, Delegation } from "./delegation.ts"
import { slots } from "./slots.ts"
import type { Spending } from "./spending.ts"

const mostDepth = 3
const mostAtOnce = 4
const mostInTurn = 50

/**
 * Runs agents: each in a conversation of its own that belongs to the call it works for. A call that is made again after a
 * crash finds its agent and goes on with it. When the call is interrupted so is the agent, and its end is waited for:
 * nothing of it lives when this resolves or rejects. Rejects when the process stops; the agent then goes on with its
 * parent.
 */
export function delegates({
  assistant,
  store,
  spending,
}: {
  readonly assistant: () => Pick<
    Assistant,
    "start" | "open" | "say" | "change" | "resume" | "ended" | "interrupt" | "leave"
  >
  readonly store: Pick<LogStore, "stream">
  readonly spending: Spending
}): Delegate {
  const bySpeaker = new Map<string, ReturnType<typeof slots>>()
  /** Calls of the turn that runs, by the person's conversation. */
  const counted = new Map<string, { readonly turn: string; readonly calls: Set<string> }>()

  const count = (root: LiveConversation, child: string) => {
    const turn = root.state.turn?.id ?? ""
    const known = counted.get(root.id)
    const now = known?.turn === turn ? known : { turn, calls: new Set<string>() }
    counted.set(root.id, now)
    now.calls.add(child)
    if (now.calls.size > mostInTurn) throw tooMany(`A turn may start ${mostInTurn} agents at most`)
  }

  return async (delegation) => {
    const { line, call, signal } = delegation
    const [root] = line
    const parent = line.at(-1) ?? root
    if (line.length > mostDepth) throw tooMany(`Agents may be nested ${mostDepth} deep at most`)
    const id = childIdOf(parent.id, call)
    count(root, id)
    const mine = bySpeaker.get(parent.id) ?? slots(mostAtOnce)
    bySpeaker.set(parent.id, mine)
    const giveBack = await mine.take(signal)
    try {
      return await work(id, delegation, root, parent)
    } finally {
      giveBack()
      if (mine.isIdle()) bySpeaker.delete(parent.id)
    }
  }

  async function work(
    id: string,
    { call, kind, task, tools, mode, signal, progress }: Delegation,
    root: LiveConversation,
    parent: LiveConversation,
  ): Promise<Delegated> {
    const here = assistant()
    const actor = parent.state.turn?.by ?? root.id
    const own = tools === undefined ? kind.tools : tools.filter((name) => kind.tools?.includes(name) ?? true)
    const isLimited = mode ?? kind.mode
    const agent = {
      name: kind.name,
      instructions: kind.instructions,
      ...(own && { tools: [...own] }),
      ...(isLimited && { mode: isLimited }),
    }
    const { log } = parent
    const title = `${kind.name}: ${task.split("\n", 1)[0]?.slice(0, 80) ?? ""}`
    const { root: folder, mode: parentMode, model } = parent.state
    const of = { conversation: parent.id, call }
    await here.start(
      { id, log, root: folder, title, mode: parentMode, model: kind.model ?? model, parent: of, agent },
      actor,
    )
    const child = await here.open(id)
    const { report } = spending.work(root, child)
    const stopListening = child.subscribe((events) => void hear(events).catch(() => {}))
    const interrupt = () => void here.interrupt(id)
    signal.addEventListener("abort", interrupt, { once: true })
    try {
      throwIfAborted(signal)
      const { turn, queued, messages } = child.state
      if (turn !== null || queued.length > 0) await here.resume(id, actor)
      else if (messages === 0) {
        const { canAsk } = root.state.wishes
        const wishes = canAsk === undefined ? {} : { wishes: { canAsk } }
        await here.say(id, [{ kind: "text", text: task }], actor, wishes)
      }
      if (signal.aborted) interrupt()
      const end = (await here.ended(id)) ?? lastEnd(child)
      if (end.how === "suspended" && signal.aborted) throw abortReason(signal)
      const { usage, ledger } = child.state
      const { how, why } = end
      return { conversation: id, how, why, report: lastWords(child), costUsd: usage.costUsd, ledger: learned(ledger) }
    } finally {
      signal.removeEventListener("abort", interrupt)
      stopListening()
      report()
      // With it go the programs it left behind.
      await here.leave(id)
    }

    async function hear(events: readonly ConversationEvent[]) {
      for (const one of events) {
        if (one.type === "assistant.spoke") {
          for (const part of one.data.parts) if (part.kind === "tool-call") progress(`${kind.name}: ${part.name}\n`)
        }
        // Nobody is there: what a crash left open is left as it is.
        if (one.type === "permission.asked" && root.state.wishes.canAsk === false) {
          const answer = { call: one.data.call, isAllowed: false, scope: "once", by: actor } as const
          await here.change(id, { kind: "answer", ...answer, note: "Nobody is there to ask." }, actor)
        }
        // What a person allows an agent for the session, they allow the session: nobody has more than whoever it works for.
        if (one.type === "permission.answered" && one.data.isAllowed && one.data.scope !== "once") {
          const asked = calledIn(child, one.data.call)
          if (asked) await root.record([event("permission.answered", { ...one.data, of: asked })], one.data.by)
        }
      }
    }
  }

  function lastEnd(child: LiveConversation): Pick<TurnEnd, "how" | "why"> {
    let end: Pick<TurnEnd, "how" | "why"> = { how: "failed", why: "It did not begin." }
    for (const { events } of store.stream(child.log, streamOfConversation(child.id))) {
      for (const stored of events) {
        const one = readConversationEvent(stored)
        if (one?.type !== "turn.ended") continue
        end = { how: one.data.how, why: one.data.why }
      }
    }
    return end
  }
}
function lastWords({ window }: LiveConversation): string {
  const last = window.findLast((entry) => entry.kind === "assistant")
  if (last?.kind !== "assistant") return ""
  return last.parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("")
}

function calledIn({ window }: LiveConversation, call: string) {
  for (const entry of window) {
    if (entry.kind !== "assistant") continue
    for (const part of entry.parts) {
      if (part.kind === "tool-call" && part.id === call) return { name: part.name, arguments: part.arguments }
    }
  }
  return undefined
}

/** What whoever delegates learns by rule: files that changed, and commands with what they prove. */
function learned({ files, commands }: Ledger): LedgerChange[] {
  return [
    ...Object.entries(files)
      .filter(([, { did }]) => did !== "read")
      .map(([path, file]) => ({ kind: "file" as const, path, ...file })),
    ...commands.map((command) => ({ kind: "command" as const, ...command })),
  ]
}

const tooMany = (what: string) =>
  new InvalidInputError({
    code: "TOO_MANY_AGENTS",
    message: `${what}.`,
    hint: "Do this part of the work yourself.",
  })
