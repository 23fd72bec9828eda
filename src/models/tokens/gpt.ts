/** Tokens of a text in one of OpenAI's vocabularies; not exact where it had to be cut. */
export type GptCounter = (text: string) => { readonly tokens: number; readonly isExact: boolean }

/** Text that looks like a special token ("<|endoftext|>") is text to us: it is sent as such. */
const asText = { disallowedSpecial: new Set<string>() }
/**
 * Runs that the vocabulary takes as one piece: its merging takes time with the square of their length (40 seconds for
 * 300,000 letters). They are cut, which can add a token at each cut.
 */
const longRun = /\p{L}{400,}|\s{400,}|[^\s\p{L}\p{N}]{400,}/gu
const pieceLength = 400
const loaded = new Map<string, Promise<GptCounter>>()

/** Loads the vocabulary when it is first needed: they are megabytes of source and take a tenth of a second. */
export function gptCounter(vocabulary: "o200k" | "cl100k"): Promise<GptCounter> {
  let counter = loaded.get(vocabulary)
  if (!counter) {
    counter = load(vocabulary)
    loaded.set(vocabulary, counter)
  }
  return counter
}

async function load(vocabulary: "o200k" | "cl100k"): Promise<GptCounter> {
  const { countTokens } =
    vocabulary === "o200k"
      ? await import("gpt-tokenizer/encoding/o200k_base")
      : await import("gpt-tokenizer/encoding/cl100k_base")
  return (text) => {
    let tokens = 0
    let at = 0
    for (const { 0: run, index } of text.matchAll(longRun)) {
      tokens += countTokens(text.slice(at, index), asText)
      for (let i = 0; i < run.length; i += pieceLength) tokens += countTokens(run.slice(i, i + pieceLength), asText)
      at = index + run.length
    }
    return { tokens: tokens + countTokens(text.slice(at), asText), isExact: at === 0 }
  }
}
