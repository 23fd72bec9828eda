import { z } from "zod"
import { providerKinds } from "../../models/model.ts"

const text = z.object({ kind: z.literal("text"), text: z.string() })
/** Pictures are kept as blobs: the log has their hash. */
const image = z.object({ kind: z.literal("image"), mediaType: z.string(), blob: z.string() })
const proof = z.object({ from: z.enum(providerKinds), data: z.record(z.string(), z.unknown()) })

export const userPart = z.discriminatedUnion("kind", [text, image])
export type UserPart = z.infer<typeof userPart>

export const assistantPart = z.discriminatedUnion("kind", [
  text,
  z.object({ kind: z.literal("reasoning"), text: z.string(), proof: proof.optional() }),
  z.object({
    kind: z.literal("tool-call"),
    id: z.string(),
    name: z.string(),
    /** JSON text, as the model wrote it. */
    arguments: z.string(),
    proof: proof.optional(),
  }),
])
export type AssistantPart = z.infer<typeof assistantPart>

export const toolContent = z.discriminatedUnion("kind", [text, image])
export type ToolContent = z.infer<typeof toolContent>
