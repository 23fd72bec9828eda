import type { ModelRequest } from "../model.ts"
import type { Target } from "../target.ts"

/** What a request asks of a model beyond text. */
interface Need {
  readonly what: string
  /** Null: not known. */
  readonly isMet: (facts: Target["facts"]) => boolean | null
}

function needsOf(request: ModelRequest, promptTokens: number): readonly Need[] {
  const needs: Need[] = [
    {
      what: `a prompt of about ${promptTokens.toLocaleString("en-US")} tokens`,
      isMet: ({ contextTokens }) => (contextTokens === null ? null : promptTokens <= contextTokens),
    },
  ]
  if (request.tools && request.tools.length > 0) needs.push({ what: "tools", isMet: ({ supports }) => supports.tools })
  if (hasImages(request)) needs.push({ what: "images", isMet: ({ supports }) => supports.images })
  if (request.output) needs.push({ what: "JSON of a schema", isMet: ({ supports }) => supports.outputSchema })
  return needs
}

const hasImages = ({ messages }: ModelRequest): boolean =>
  messages.some(({ parts }) =>
    parts.some(
      (part) =>
        part.kind === "image" || (part.kind === "tool-result" && part.content.some(({ kind }) => kind === "image")),
    ),
  )

export interface Fit {
  readonly target: Target
  /** What it is known not to take, in words; empty: nothing. */
  readonly lacks: readonly string[]
  /** Everything that is needed is known to be there. */
  readonly isSure: boolean
}

/** How the targets fit a request of about so many tokens. */
export function fits(request: ModelRequest, targets: readonly Target[], promptTokens: number): readonly Fit[] {
  const needs = needsOf(request, promptTokens)
  return targets.map((target) => {
    const met = needs.map(({ what, isMet }) => ({ what, isMet: isMet(target.facts) }))
    return {
      target,
      lacks: met.flatMap((need) => (need.isMet === false ? [need.what] : [])),
      isSure: met.every((need) => need.isMet === true),
    }
  })
}
