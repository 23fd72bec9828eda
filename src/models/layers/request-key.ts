import { hash } from "node:crypto"
import type { ModelRequest } from "../model.ts"

/** `user`: nobody gets what was answered to someone else. `shared`: equal requests are equal, whoever asks. */
export type KeyScope = "user" | "shared"

/**
 * Whether the same request is meant to have the same answer: it is asked at temperature 0, or with a seed. Everything else
 * may be sampled on purpose; several answers to one request are then a technique (votes, comparisons) and no waste.
 */
export const isDeterministic = ({ temperature, seed }: ModelRequest): boolean => temperature === 0 || seed !== undefined

/**
 * SHA-256 of all that can change the answer, whatever the order of its fields. Not of who asks (but for the user, by
 * scope), nor of the marks for the provider's cache and for counting.
 */
export function requestKey(request: ModelRequest, scope: KeyScope): string {
  const { attribution, messages, ...rest } = request
  const plain = messages.map(({ role, parts }) => ({ role, parts }))
  const owner = scope === "user" ? attribution.user : null
  return hash("sha256", canonical({ ...rest, messages: plain, owner }), "base64url")
}

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
