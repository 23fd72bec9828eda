import { createHash } from "node:crypto"

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

/**
 * The id of the conversation that works for a call: always the same one, so that after a crash the call finds it and goes
 * on with it instead of starting another. 26 characters as an id made by time, 130 bits of SHA-256.
 */
export function childIdOf(parent: string, call: string): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([parent, call]))
    .digest()
  return [...digest.subarray(0, 26)].map((byte) => alphabet.charAt(byte & 31)).join("")
}
