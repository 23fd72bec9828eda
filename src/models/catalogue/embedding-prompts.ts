/** What a model wants to read before a text, so that a question and its answer come to lie close together. */
export interface EmbeddingPrompts {
  readonly query: string
  readonly document: string
}

/** As the makers' model cards say (read 2026-11); a model that is not here takes texts as they are. */
const known: readonly (readonly [RegExp, EmbeddingPrompts])[] = [
  [/nomic-embed-text/, { query: "search_query: ", document: "search_document: " }],
  [/coderankembed/, { query: "Represent this query for searching relevant code: ", document: "" }],
  [/mxbai-embed|snowflake-arctic-embed(?!2|-[a-z]-v2)|bge-(?:small|base|large)-en/, passages()],
  [/embeddinggemma/, { query: "task: code retrieval | query: ", document: "title: none | text: " }],
  [/qwen3-embedding/, { query: "Instruct: Find the code that answers the question\nQuery:", document: "" }],
  [/(?:^|[/-])(?:multilingual-)?e5-(?!mistral)/, { query: "query: ", document: "passage: " }],
]

function passages(): EmbeddingPrompts {
  return { query: "Represent this sentence for searching relevant passages: ", document: "" }
}

export const embeddingPrompts = (model: string): EmbeddingPrompts =>
  known.find(([pattern]) => pattern.test(model.toLowerCase()))?.[1] ?? { query: "", document: "" }
