import { maskedPart } from "../../models/masked-part.ts"
import type { Message, Part } from "../../models/model.ts"
import type { Entry } from "../conversation/entries.ts"

export interface Masking {
  message(message: Message): Message
  entry(entry: Entry): Entry
}

/** By what masks: a conversation has one for its whole life. */
const made = new WeakMap<(text: string) => string, Masking>()

/**
 * Takes secrets out of all that a model is to read: what people said and the files and output in it, results of tools,
 * memory, rules, summaries. The same text always becomes the same. What was masked once is not looked at again: a window is
 * put into prompt after prompt.
 */
export function masking(mask: (text: string) => string): Masking {
  const known = made.get(mask) ?? make(mask)
  made.set(mask, known)
  return known
}

function make(mask: (text: string) => string): Masking {
  const seen = new WeakMap<Part, Part>()

  const part = <P extends Part>(one: P): P => {
    const known = seen.get(one)
    // A part is kept under itself, so what is found is of its kind.
    if (known) return known as P
    const safe = maskedPart(one, mask)
    seen.set(one, safe)
    return safe as P
  }

  return {
    message: (message) => ({ ...message, parts: message.parts.map(part) }),
    entry(entry) {
      switch (entry.kind) {
        case "user":
          return { ...entry, parts: entry.parts.map((one) => (one.kind === "text" ? part(one) : one)) }
        case "assistant":
          return { ...entry, parts: entry.parts.map(part) }
        case "tool":
          return { ...entry, content: entry.content.map((one) => (one.kind === "text" ? part(one) : one)) }
      }
    },
  }
}
