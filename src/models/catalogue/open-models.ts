import type { Sheet } from "./sheet.ts"

const text = { can: "t", cannot: "i" }

/**
 * Models whose weights are public, by the name that Ollama and file names give them. The context is what the model was
 * trained for; a server may have been started with less. They have no price of their own: on one's own machine they
 * cost nothing, elsewhere it is whoever runs them who names it.
 */
export const openModelSheets: readonly Sheet[] = [
  {
    asOf: "2025-12-01",
    source: "https://ollama.com/library",
    models: {
      "gpt-oss": { context: 131_072, output: 131_072, can: "trs", cannot: "i" },
      "qwen3-coder": { context: 262_144, ...text, cannot: "ir" },
      qwen3: { context: 40_960, can: "tr", cannot: "i" },
      "qwen2.5-coder": { context: 32_768, ...text, cannot: "ir" },
      "qwen2.5": { context: 32_768, ...text, cannot: "ir" },
      "llama3.3": { context: 131_072, ...text, cannot: "ir" },
      "llama3.2": { context: 131_072, ...text, cannot: "ir" },
      "llama3.1": { context: 131_072, ...text, cannot: "ir" },
      "deepseek-r1": { context: 131_072, can: "r", cannot: "i" },
      "deepseek-coder-v2": { context: 163_840, cannot: "ir" },
      "gemma3:1b": { context: 32_768, cannot: "ir" },
      "gemma3:270m": { context: 32_768, cannot: "ir" },
      gemma3: { context: 131_072, cannot: "r" },
      "mistral-nemo": { context: 131_072, ...text, cannot: "ir" },
      mistral: { context: 32_768, ...text, cannot: "ir" },
      devstral: { context: 131_072, ...text, cannot: "ir" },
      codestral: { context: 32_768, cannot: "ir" },
      codellama: { context: 16_384, cannot: "tir" },
      phi4: { context: 16_384, cannot: "ir" },
      starcoder2: { context: 16_384, cannot: "tir" },
      "nomic-embed-text": { context: 2_048, cannot: "tirs" },
      "mxbai-embed-large": { context: 512, cannot: "tirs" },
      "all-minilm": { context: 512, cannot: "tirs" },
    },
  },
]
