import { InvalidInputError } from "../../base/errors.ts"
import { longestMemory } from "./kinds.ts"
import { refuseSecret } from "./secret-like.ts"

/**
 * A text as it is remembered, until a time (ISO 8601) or for good. Throws InvalidInputError for one that is empty, too long or
 * seems to have a secret in it, and for a time that has passed.
 */
export function rememberable(given: string, expiresAt: string | null, nowMs: number): string {
  const text = given.trim()
  if (text === "" || text.length > longestMemory) {
    throw new InvalidInputError({
      message:
        text === ""
          ? "There is nothing to remember: the text is empty."
          : `The text has ${text.length.toLocaleString("en-US")} characters; a memory has at most ${longestMemory.toLocaleString("en-US")}.`,
      hint: "Say it in a sentence or two; what is longer belongs in a file of the project, such as AGENTS.md.",
    })
  }
  if (expiresAt !== null && Date.parse(expiresAt) <= nowMs) {
    throw new InvalidInputError({ message: `It would be forgotten at once: ${expiresAt} has passed.` })
  }
  refuseSecret(text)
  return text
}
