import type { Part } from "./model.ts"

/** A part of a message without its secrets. */
export function maskedPart(part: Part, mask: (text: string) => string): Part {
  switch (part.kind) {
    case "text":
      return { ...part, text: mask(part.text) }
    case "tool-call":
      return { ...part, arguments: mask(part.arguments) }
    case "tool-result":
      return {
        ...part,
        content: part.content.map((one) => (one.kind === "text" ? { ...one, text: mask(one.text) } : one)),
      }
    // What a model thought goes back as it was, or its signature no longer holds. It has read no secret.
    case "reasoning":
    case "image":
      return part
  }
}
