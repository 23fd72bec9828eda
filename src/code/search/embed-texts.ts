import { asDuckError } from "../../base/errors.ts"
import type { Embedder } from "./embedder.ts"

/** A text this short is not cut any further. */
const shortest = 200

/**
 * Vectors of texts, in order. Where the model does not take one of them, the others are asked for without it: one that is
 * too long is cut in half until it fits; one that is refused has no vector.
 */
export async function embedTexts(
  embedder: Embedder,
  texts: readonly string[],
  signal: AbortSignal,
): Promise<(Float32Array | undefined)[]> {
  try {
    return [...(await embedder.embed(texts, "document", signal))]
  } catch (thrown) {
    const { code } = asDuckError(thrown)
    if (code !== "CONTEXT_TOO_LONG" && code !== "CONTENT_REFUSED") throw thrown
    const [first = ""] = texts
    if (texts.length > 1) {
      const half = texts.length >> 1
      const before = await embedTexts(embedder, texts.slice(0, half), signal)
      return [...before, ...(await embedTexts(embedder, texts.slice(half), signal))]
    }
    if (code === "CONTENT_REFUSED" || first.length <= shortest) return [undefined]
    return embedTexts(embedder, [first.slice(0, first.length >> 1)], signal)
  }
}
