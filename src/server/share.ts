import type { IncomingMessage, ServerResponse } from "node:http"
import { z } from "zod"
import type { Audit } from "../access/audit.ts"
import type { ConversationRows, Listed } from "../assistant/conversation/view.ts"
import type { Clock } from "../base/clock.ts"
import { CancelledError, DuckError, NotFoundError } from "../base/errors.ts"
import { parseWith } from "../base/schema.ts"
import type { Host } from "../commands/context.ts"
import { maskerFor } from "../commands/session/masker.ts"
import { currentAssistant } from "../commands/session/sessions.ts"
import { hashOfToken } from "../commands/session/share-token.ts"
import { titleShown } from "../commands/session/shown.ts"
import type { Activity } from "./activity.ts"
import { sendJson } from "./send.ts"
import { decided, type SharedPage, sharedEntry } from "./share-entry.ts"
import { followShare } from "./share-events.ts"
import { sharePage, sharePolicy } from "./share-page.ts"

const pageEntries = 50
/** A page that is loaded again and again is one visit. */
const visitMs = 600_000

const querySchema = z.object({
  before: z.coerce.number().int().min(1).optional(),
  after: z.coerce.number().int().min(0).optional(),
})

/** What a link shows. Made anew for each request: a link may end at any moment. */
interface Shown {
  readonly conversation: Listed
  readonly share: string
  readonly expiresAt: string
}

/**
 * `/share/<token>`: one conversation to read, for whoever has the token; `/entries` is the same as JSON, `/events` what
 * comes then. There is nothing to write: the token opens nothing else.
 */
export function shareRoutes({ host, activity }: { readonly host: Host; readonly activity: Activity }) {
  const visits = new Map<string, number>()

  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    if (request.method !== "GET" && request.method !== "HEAD") throw readOnly()
    const [, token = "", kind = ""] = /^\/share\/([\w-]{43})(?:\/(entries|events))?$/.exec(url.pathname) ?? []
    if (token === "") throw ended()
    const { rows } = await currentAssistant(host)
    const hash = hashOfToken(token)
    const look = () => shownBy(rows, hash, host.clock)
    const shown = look()
    if (!shown) throw ended()
    const { before, after = 0 } = parseWith(querySchema, Object.fromEntries(url.searchParams), "the query")
    const mask = (await maskerFor(shown.conversation.root, host)).mask
    visited(visits, shown, host)
    for (const [name, value] of Object.entries(safety)) response.setHeader(name, value)
    if (kind === "events") {
      if (request.method === "HEAD") return void response.writeHead(200).end()
      const from = Number(request.headers["last-event-id"] ?? after)
      const gone = new AbortController()
      response.once("close", () => gone.abort(new CancelledError("The reader went away.")))
      const follow = (signal: AbortSignal) =>
        followShare(response, {
          rows,
          look,
          mask,
          after: Number.isSafeInteger(from) ? from : after,
          signal: host.server ? AbortSignal.any([signal, host.server.stopping]) : signal,
        })
      return activity.call(gone.signal, follow, "follows")
    }
    const page = pageOf(rows, shown, { mask, ...(before === undefined ? {} : { before }) })
    if (kind === "entries") return sendJson(response, 200, page)
    const html = sharePage(page, { path: url.pathname, isNewest: before === undefined })
    response.writeHead(200, {
      "content-type": "text/html; charset=utf-8",
      "content-length": Buffer.byteLength(html),
      "cache-control": "no-store",
    })
    response.end(html)
  }
}

const safety = {
  "content-security-policy": sharePolicy,
  // The address is the key: it goes to no other page, and into no index.
  "referrer-policy": "no-referrer",
  "x-robots-tag": "noindex",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
}

function shownBy(rows: ConversationRows, hash: string, clock: Clock): Shown | undefined {
  const shown = rows.shared(hash)
  return shown && Date.parse(shown.expiresAt) > clock.now() ? shown : undefined
}

function pageOf(
  rows: ConversationRows,
  { conversation, expiresAt }: Shown,
  { mask, before }: { readonly mask: (text: string) => string; readonly before?: number },
): SharedPage {
  const { id, isRunning } = conversation
  const page = rows.page(id, { limit: pageEntries, ...(before === undefined ? {} : { before }) })
  const entries = decided(rows, id, page.entries).map((entry) => sharedEntry(entry, mask))
  return { title: titleShown(rows, conversation, mask), isRunning, entries, before: page.before, expiresAt }
}

function visited(
  visits: Map<string, number>,
  { share, conversation }: Shown,
  { clock, audit }: { clock: Clock; audit: Audit },
) {
  const nowMs = clock.now()
  if (nowMs - (visits.get(share) ?? Number.NEGATIVE_INFINITY) < visitMs) return
  visits.set(share, nowMs)
  audit.note({ actor: "link", action: "share.opened", target: conversation.id, outcome: "done", details: { share } })
}

const ended = () =>
  new NotFoundError({
    code: "SHARE_REFUSED",
    message: "This link shows nothing: it has ended, or never was one.",
    hint: "Ask whoever gave it to you for another.",
  })

const readOnly = () =>
  new DuckError({
    code: "METHOD_NOT_ALLOWED",
    message: "A link to a conversation is for reading only.",
    hint: "Use GET.",
    status: 405,
  })
