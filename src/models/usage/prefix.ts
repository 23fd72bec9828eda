import { hash } from "node:crypto"
import type { Message, ModelRequest, Usage } from "../model.ts"
import type { CacheMiss } from "./events.ts"

/**
 * Providers read a prompt from their cache only up to the first sign that is not what it was: tools come first, then the
 * messages in their order. What changes at the front costs every token behind it.
 */
export interface PrefixFault extends Omit<CacheMiss, "cause"> {
  readonly cause: "model-changed" | "tools-changed" | "prefix-changed"
  /** Index in the list of the request that broke it. */
  readonly request: number
}

/**
 * Where a row of requests, as one session makes them, breaks the prefix of the one before: all messages of the earlier
 * request, or those up to its last cache mark where it has one. Empty: the prefix is stable. For tests of prompts.
 */
export function prefixStability(requests: readonly ModelRequest[]): readonly PrefixFault[] {
  const shapes = requests.map((request) => shapeOf(request, request.model))
  return shapes.flatMap((shape, request) => {
    const before = shapes[request - 1]
    const change = before && changeOf(before, shape)
    return change ? [{ ...change, request }] : []
  })
}

/** Tells for each call of a session why it missed the provider's cache, from what the session sent before. */
export interface PrefixWatch {
  /** To be called when the answer is there; `model`: who gave it. Null: nothing was missed, or there is no session. */
  judge(request: ModelRequest, model: string, usage: Usage, atMs: number): CacheMiss | null
}

const mostSessions = 200
const keptMs = { short: 300_000, long: 3_600_000 } as const

export function prefixWatch(): PrefixWatch {
  const sessions = new Map<string, Shape & { readonly untilMs: number }>()
  return {
    judge(request, model, { cachedInputTokens }, atMs) {
      const { session } = request.attribution
      if (session === undefined) return null
      const before = sessions.get(session)
      const shape = shapeOf(request, model)
      sessions.delete(session)
      sessions.set(session, { ...shape, untilMs: atMs + keptMs[longestMark(request.messages)] })
      const oldest = sessions.keys().next()
      if (sessions.size > mostSessions && !oldest.done) sessions.delete(oldest.value)
      if (!before) return cachedInputTokens > 0 ? null : { cause: "first-call" }
      const change = changeOf(before, shape)
      if (change) return change
      if (cachedInputTokens > 0) return null
      return { cause: atMs > before.untilMs ? "expired" : "provider" }
    },
  }
}

interface Shape {
  readonly model: string
  readonly tools: string
  readonly messages: readonly { readonly hash: string; readonly section: string }[]
  /** How many messages the next request should begin with. */
  readonly stable: number
}

function shapeOf({ tools, messages }: ModelRequest, model: string): Shape {
  const lastMark = messages.findLastIndex(({ cache }) => cache !== undefined)
  return {
    model,
    tools: tools ? hash("sha256", JSON.stringify(tools), "base64url") : "",
    messages: messages.map((message) => ({ hash: hashOf(message), section: message.section ?? message.role })),
    stable: lastMark >= 0 ? lastMark + 1 : messages.length,
  }
}

function changeOf(before: Shape, now: Shape): (CacheMiss & Pick<PrefixFault, "cause">) | undefined {
  if (before.model !== now.model) return { cause: "model-changed" }
  if (before.tools !== now.tools) return { cause: "tools-changed" }
  for (let at = 0; at < before.stable; at++) {
    const was = before.messages[at]
    const is = now.messages[at]
    if (was && is?.hash !== was.hash)
      return { cause: "prefix-changed", message: at, section: is?.section ?? was.section }
  }
  return undefined
}

// A conversation sends the same message objects again and again; messages are never changed once they are made.
const hashes = new WeakMap<Message, string>()

function hashOf(message: Message): string {
  const known = hashes.get(message)
  if (known !== undefined) return known
  const { role, parts } = message
  const made = hash("sha256", JSON.stringify([role, parts]), "base64url")
  hashes.set(message, made)
  return made
}

const longestMark = (messages: readonly Message[]) =>
  messages.some(({ cache }) => cache === "long") ? "long" : "short"
