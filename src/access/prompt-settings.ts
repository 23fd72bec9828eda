import { z } from "zod"

const word = z.string().regex(/^[\w-]{1,60}$/, "letters, digits, _ and -")

/** Experiments with prompts by name. The variant "base" is the prompt itself, others are files such as `symbol@short.md`. */
export const PromptExperiments = z.record(
  word,
  z.strictObject({
    prompt: z.string().regex(/^(?:[\w-]+\/)*[\w-]+$/, "the name of a prompt, such as explain/symbol"),
    variants: z
      .record(word, z.number().min(0).max(1_000))
      .refine((variants) => Object.values(variants).some((weight) => weight > 0), "one variant needs a weight above 0"),
    sample: z.int().min(10).max(1_000_000).default(200),
  }),
)
