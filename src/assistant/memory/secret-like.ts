import { InvalidInputError } from "../../base/errors.ts"
import { secretMasker } from "../../workspace/secrets/mask.ts"

/**
 * A password said in words: for a prompt it would be masked too often, but whoever wants it remembered can say it
 * otherwise. What follows has a digit or a sign in it.
 */
const saidPassword =
  /\b[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key)\b["']?\s{0,3}(?:=|:|\bis\b)\s{0,3}["']?(?=[^\s"']{0,200}[\d_!#$%&*+^~])[^\s"']{8,}/i

/** What stands for a secret in the conversation that it was found in, and means nothing in another. */
const placeholder = /\[secret:[^\]\s]+:\d+\]/

/** Whether a text seems to have a key, a token or a password in it. */
export const seemsSecret = (text: string): boolean =>
  saidPassword.test(text) || placeholder.test(text) || secretMasker().mask(text) !== text

/** Throws InvalidInputError SECRET_NOT_REMEMBERED; the message does not repeat the text. */
export function refuseSecret(text: string): void {
  if (!seemsSecret(text)) return
  throw new InvalidInputError({
    code: "SECRET_NOT_REMEMBERED",
    message: "This seems to have a key, a token or a password in it; such are never remembered.",
    hint: "Say it without the secret, or name where it is kept.",
  })
}
