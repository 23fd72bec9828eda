import type { IncomingMessage } from "node:http"
import type { Actor } from "../access/actor.ts"
import { headers } from "../base/wire.ts"

/** The actor with the name that their client gives itself, where it gives one that is a name. */
export function throughClient(actor: Actor, request: IncomingMessage): Actor {
  const [client = ""] = String(request.headers[headers.client] ?? "").split("/")
  return /^[a-z][a-z0-9-]{0,30}$/.test(client) ? { ...actor, client } : actor
}
