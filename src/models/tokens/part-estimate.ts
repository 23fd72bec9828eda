import { estimateTokens } from "../../base/tokens.ts"
import type { Part } from "../model.ts"

/** About the tokens of a part, each image counted as `imageTokens`. */
export function partTokens(part: Part, imageTokens: number): number {
  switch (part.kind) {
    case "text":
    case "reasoning":
      return estimateTokens(part.text)
    case "image":
      return imageTokens
    case "tool-call":
      return estimateTokens(part.name) + estimateTokens(part.arguments)
    case "tool-result":
      return part.content.reduce((sum, inner) => sum + partTokens(inner, imageTokens), 0)
  }
}
