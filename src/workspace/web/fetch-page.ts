import type { IncomingMessage } from "node:http"
import { InvalidInputError } from "../../base/errors.ts"
import { withTimeout } from "../../base/signal.ts"
import { type Body, bodyOf } from "./body.ts"
import { type ConnectOptions, get } from "./connect.ts"
import { FetchError } from "./errors.ts"

export interface FetchOptions extends ConnectOptions {
  /** Asked of the address and of each that it leads on to, before anything is connected to. Throws where it may not be. */
  permit(url: URL): Promise<void>
  /** Of an answer, unpacked; default 5 MB. */
  readonly maxBytes?: number
  /** For all of it; default 30 seconds. */
  readonly timeoutMs?: number
}

export interface Page extends Body {
  /** Where it led to in the end. */
  readonly url: string
  readonly status: number
}

const mostHops = 10

/** What stands at an address, as text. Throws InvalidInputError for what is no address, FetchError, TimeoutError. */
export async function fetchPage(address: string, options: FetchOptions): Promise<Page> {
  const { timeoutMs = 30_000 } = options
  const first = webAddress(address)
  return withTimeout(`Fetching ${first.host}`, timeoutMs, options.signal, (signal) =>
    follow(first, { ...options, signal }),
  )
}

async function follow(first: URL, options: FetchOptions): Promise<Page> {
  const { maxBytes = 5_000_000 } = options
  let url = first
  for (let hop = 0; hop <= mostHops; hop++) {
    await options.permit(url)
    const response = await get(url, options)
    const next = nextOf(response, url)
    if (next === undefined)
      return { ...(await bodyOf(response, maxBytes)), url: url.href, status: response.statusCode ?? 0 }
    response.destroy()
    url = next
  }
  throw new FetchError("FETCH_FAILED", `${first.host} leads on more than ${mostHops} times.`)
}

function nextOf({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | undefined {
  const { location } = headers
  if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined) return undefined
  if (!URL.canParse(location, from.href))
    throw new FetchError("FETCH_FAILED", `${from.host} leads on to what is no address.`)
  return webAddress(new URL(location, from.href).href)
}

/** An address of the web: http or https, without a password, without a fragment. Throws InvalidInputError. */
export function webAddress(address: string): URL {
  const wrong = (why: string) =>
    new InvalidInputError({ message: `${address.slice(0, 200)} can't be fetched: ${why}.` })
  if (!URL.canParse(address)) throw wrong("it is no address such as https://example.com/page")
  const url = new URL(address)
  if (url.protocol !== "http:" && url.protocol !== "https:") throw wrong("only http and https are")
  if (url.username !== "" || url.password !== "")
    throw wrong("an address with a name or a password in it is not sent on")
  url.hash = ""
  return url
}
