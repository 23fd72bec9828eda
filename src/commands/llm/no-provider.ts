import type { Block } from "../document.ts"

/** What a person is told where no provider is configured. */
export const noProviderBlocks: readonly Block[] = [
  { kind: "paragraph", text: "No model is connected; everything that needs none works as it is.", tone: "warning" },
  {
    kind: "list",
    items: [
      "`duck llm connect ollama` for models on this machine",
      "`duck llm connect anthropic` (or openai, gemini, openrouter, ...) with a key, which is kept encrypted",
      "`duck llm connect work --url http://host:8000/v1` for any server that speaks as OpenAI does",
    ],
  },
  {
    kind: "paragraph",
    text:
      "Variables such as OPENAI_API_KEY count as well, as they were when the server started: after setting one, " +
      "`duck stop` lets the next command start a server that has it.",
    tone: "quiet",
  },
]
