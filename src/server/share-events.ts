import { once } from "node:events"
import type { ServerResponse } from "node:http"
import type { ConversationRows, Listed } from "../assistant/conversation/view.ts"
import { titleShown } from "../commands/session/shown.ts"
import { decided, sharedEntry } from "./share-entry.ts"

const heartbeatMs = 15_000
const atOnce = 100

/**
 * Tells whoever reads along of entries as they are stored, as server-sent events (html.spec.whatwg.org, 9.2); the id of
 * an event is the number of its entry, so that a reader who was cut off goes on where they were. Resolves when the link
 * has ended or the reader is gone; what a slow reader has not taken is read again from the view, and never held.
 */
export async function followShare(
  response: ServerResponse,
  {
    rows,
    look,
    mask,
    after,
    signal,
  }: {
    readonly rows: ConversationRows
    /** The link as it is now; undefined once it has ended. */
    readonly look: () => { readonly conversation: Listed } | undefined
    readonly mask: (text: string) => string
    readonly after: number
    readonly signal: AbortSignal
  },
): Promise<void> {
  let bell = Promise.withResolvers<void>()
  const ring = () => bell.resolve()
  const log = look()?.conversation.log
  const stopListening = rows.onChange((changed) => {
    if (changed === log) ring()
  })
  signal.addEventListener("abort", ring, { once: true })
  const beat = setInterval(() => {
    response.write(":\n\n")
    // A link can also end by its time.
    ring()
  }, heartbeatMs)
  const send = async (event: string, data: unknown, id?: number) => {
    const more = response.write(
      `${id === undefined ? "" : `id: ${id}\n`}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`,
    )
    if (!more) await once(response, "drain", { signal })
  }
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-store" })
  response.flushHeaders()
  let sent = after
  let told = ""
  try {
    for (;;) {
      bell = Promise.withResolvers()
      const shown = signal.aborted ? undefined : look()
      if (!shown) break
      const { id, isRunning } = shown.conversation
      if (sent > 0 && !rows.isHeld(id, sent)) {
        await send("rewound", {})
        break
      }
      const state = JSON.stringify({ title: titleShown(rows, shown.conversation, mask), isRunning })
      if (state !== told) await send("state", JSON.parse(state))
      told = state
      const entries = decided(rows, id, rows.since(id, sent, atOnce))
      for (const entry of entries) {
        await send("entry", sharedEntry(entry, mask), entry.n)
        sent = entry.n
      }
      if (entries.length < atOnce) await bell.promise
    }
    if (!signal.aborted && !look()) await send("ended", {})
  } catch (error) {
    // Whoever went away needs no word.
    if (!signal.aborted) throw error
  } finally {
    stopListening()
    clearInterval(beat)
    signal.removeEventListener("abort", ring)
    response.end()
  }
}
