import { InvalidInputError } from "../../base/errors.ts"

/** Texts of the shape of keys, tokens and passwords. Each is bounded: what it is held against may be anything. */
const shapes: readonly RegExp[] = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----/,
  // Keys by the signs with which their makers begin them.
  /\b(?:sk|pk|rk)[-_](?:[A-Za-z0-9]{2,12}[-_]){0,3}[A-Za-z0-9_-]{16,}/,
  /\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeoprs]-|hf_|npm_|dop_v1_|shpat_|AIza)[A-Za-z0-9_-]{16,}/,
  /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/,
  /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*/,
  /\b(?:bearer|basic)\s+[A-Za-z0-9+/_.=-]{16,}/i,
  // An address with a password in it.
  /\b[a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@]{1,100}:[^\s/@]{3,200}@/i,
  /\b[\w-]{0,40}(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key)\b["']?\s{0,3}(?:=|:|\bis\b)\s{0,3}["']?(?=[^\s"']*[\d\W_])[^\s"']{8,}/i,
]

/** Whether a text seems to have a key, a token or a password in it. */
export const seemsSecret = (text: string): boolean => shapes.some((shape) => shape.test(text))

/** Throws InvalidInputError SECRET_NOT_REMEMBERED; the message does not repeat the text. */
export function refuseSecret(text: string): void {
  if (!seemsSecret(text)) return
  throw new InvalidInputError({
    code: "SECRET_NOT_REMEMBERED",
    message: "This seems to have a key, a token or a password in it; such are never remembered.",
    hint: "Say it without the secret, or name where it is kept.",
  })
}
