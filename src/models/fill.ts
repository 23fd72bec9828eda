/** How a family of models is asked to fill a gap in a text: the marks it was trained with. */
interface FillFormat {
  readonly models: RegExp
  prompt(before: string, behind: string): string
  /** Marks after which nothing of the gap comes any more. */
  readonly stop: readonly string[]
}

// From the models' own cards: Qwen2.5-Coder, CodeGemma, StarCoder2, Code Llama, DeepSeek-Coder, Codestral.
const formats: readonly FillFormat[] = [
  {
    models: /qwen[\d.]*-?coder|codeqwen/i,
    prompt: (before, behind) => `<|fim_prefix|>${before}<|fim_suffix|>${behind}<|fim_middle|>`,
    stop: ["<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|repo_name|>", "<|im_end|>"],
  },
  {
    models: /codegemma/i,
    prompt: (before, behind) => `<|fim_prefix|>${before}<|fim_suffix|>${behind}<|fim_middle|>`,
    stop: ["<|file_separator|>", "<|fim_prefix|>"],
  },
  {
    models: /starcoder|stable-?code|granite-?code|santacoder/i,
    prompt: (before, behind) => `<fim_prefix>${before}<fim_suffix>${behind}<fim_middle>`,
    stop: ["<|endoftext|>", "<file_sep>"],
  },
  {
    models: /code-?llama/i,
    prompt: (before, behind) => `<PRE> ${before} <SUF>${behind} <MID>`,
    stop: ["<EOT>"],
  },
  {
    models: /deepseek-coder(?!-v2-chat)/i,
    prompt: (before, behind) => `<｜fim▁begin｜>${before}<｜fim▁hole｜>${behind}<｜fim▁end｜>`,
    stop: ["<｜end▁of▁sentence｜>"],
  },
  {
    models: /codestral/i,
    prompt: (before, behind) => `[SUFFIX]${behind}[PREFIX]${before}`,
    stop: ["</s>"],
  },
]

/** A gap in a text: what stands before and behind it. */
export interface Fill {
  readonly before: string
  readonly behind: string
}

/** The plain prompt with which a model fills the gap, and where it stops; undefined for models that never learned it. */
export function fillPrompt(
  model: string,
  { before, behind }: Fill,
): { readonly prompt: string; readonly stop: readonly string[] } | undefined {
  const format = formats.find(({ models }) => models.test(model))
  return format && { prompt: format.prompt(before, behind), stop: format.stop }
}
