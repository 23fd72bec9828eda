import { estimateTokens } from "../../base/tokens.ts"
import type { ModelRequest, Usage } from "../model.ts"
import { partTokens } from "../tokens/part-estimate.ts"

/** What an image takes where nothing is known of it: about a tile of 512 pixels with its frame. */
const imageTokens = 800
/** Role and separators of a message. */
const messageTokens = 4

/** Usage counted here, for servers that say none. */
export function estimatedUsage(
  request: ModelRequest,
  written: { readonly text: string; readonly reasoning: string },
): Usage {
  let inputTokens = 0
  for (const message of request.messages) {
    inputTokens += messageTokens
    for (const part of message.parts) inputTokens += partTokens(part, imageTokens)
  }
  for (const tool of request.tools ?? []) inputTokens += estimateTokens(JSON.stringify(tool))
  if (request.output) inputTokens += estimateTokens(JSON.stringify(request.output.schema))
  const reasoningTokens = estimateTokens(written.reasoning)
  return {
    inputTokens,
    cachedInputTokens: 0,
    cacheWriteTokens: 0,
    outputTokens: estimateTokens(written.text) + reasoningTokens,
    reasoningTokens,
    isEstimated: true,
  }
}
