import { lookup } from "node:dns/promises"
import { type IncomingMessage, request as plain } from "node:http"
import { request as secure } from "node:https"
import { isIP, type LookupFunction } from "node:net"
import { bare, isLocalhost, isLoopback, isPublicAddress } from "../../access/permissions/address.ts"
import { systemCode } from "../../base/errors.ts"
import { abortable, throwIfAborted } from "../../base/signal.ts"
import { FetchError } from "./errors.ts"

export interface Address {
  readonly address: string
  readonly family: number
}

export interface ConnectOptions {
  /** Whether an address that is not public may be connected to. */
  permitAddress(address: string): Promise<boolean>
  /** Addresses of a name; the system's resolver where it is left out. */
  readonly resolve?: ((host: string) => Promise<readonly Address[]>) | undefined
  readonly signal: AbortSignal
}

/** Says who asks, and what can be read. */
const headers = {
  "user-agent": "RubberDuck (an assistant, on behalf of a person)",
  accept: "text/html,text/markdown,text/plain,application/json,application/xml;q=0.9,*/*;q=0.5",
  "accept-encoding": "gzip, deflate, br",
}

/**
 * One GET, without following anything. The name is looked up once, its addresses are judged, and just these are connected
 * to: a name that leads elsewhere the next time it is asked for (DNS rebinding) leads nowhere. Throws FetchError.
 */
export async function get(url: URL, options: ConnectOptions): Promise<IncomingMessage> {
  const addresses = await permitted(url, options)
  throwIfAborted(options.signal)
  const request = url.protocol === "https:" ? secure : plain
  return new Promise((resolve, reject) => {
    // A connection of its own: one that is kept could have been made to an address that nobody has judged.
    const asked = request(url, { agent: false, headers, lookup: answering(addresses), signal: options.signal })
    asked.once("response", resolve)
    asked.once("error", (cause) => {
      if (options.signal.aborted) return reject(options.signal.reason)
      reject(new FetchError("FETCH_FAILED", `${url.host} could not be reached: ${reasonOf(cause)}.`, undefined, cause))
    })
    asked.end()
  })
}

async function permitted(url: URL, options: ConnectOptions): Promise<readonly Address[]> {
  const host = bare(url.hostname)
  const family = isIP(host)
  // Whoever let the host through has read this very address.
  if (family !== 0) return [{ address: host, family }]
  const found = await resolved(host, options)
  const open: Address[] = []
  for (const one of found) {
    const isNamed = isLocalhost(host) && isLoopback(one.address)
    if (isPublicAddress(one.address) || isNamed || (await options.permitAddress(one.address))) open.push(one)
  }
  if (open.length > 0) return open
  throw new FetchError(
    "FETCH_PRIVATE",
    `${host} is ${found.map(({ address }) => address).join(", ")}, of this computer or a network that is not public.`,
    "It is reached only where a rule of permission allows the address or its block (docs/permissions.md).",
  )
}

async function resolved(host: string, { resolve = systemResolver, signal }: ConnectOptions) {
  try {
    const found = await abortable(signal, () => resolve(host))
    if (found.length > 0) return found
  } catch (cause) {
    throwIfAborted(signal)
    throw new FetchError("FETCH_NO_HOST", `There is no host ${host} (${systemCode(cause) ?? cause}).`, undefined, cause)
  }
  throw new FetchError("FETCH_NO_HOST", `The host ${host} has no address.`)
}

const systemResolver = (host: string) => lookup(host, { all: true })

/** Answers every question with the addresses that were judged. */
function answering(addresses: readonly Address[]): LookupFunction {
  return (_host, { all }, answer) => {
    const [first] = addresses
    if (all) answer(null, [...addresses])
    else if (first) answer(null, first.address, first.family)
  }
}

/** The errors of several addresses that were tried come as one without a message. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(reasonOf).join("; ")
  return cause instanceof Error ? cause.message : String(cause)
}
