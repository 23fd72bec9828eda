import { z } from "zod"
import { Finding } from "../../code/finding.ts"

/** What becomes of one file. Paths are posix and relative to the root; hashes are the SHA-256 of the bytes as read. */
export type Change =
  | { readonly kind: "create"; readonly path: string; readonly after: string }
  | { readonly kind: "change"; readonly path: string; readonly beforeHash: string; readonly after: string }
  | { readonly kind: "delete"; readonly path: string; readonly beforeHash: string }
  /** `after`: the new text, where it changes; null: it is moved as it is. */
  | {
      readonly kind: "move"
      readonly path: string
      readonly beforeHash: string
      readonly to: string
      readonly after: string | null
    }

export const ProposedFile = z.object({
  path: z.string(),
  kind: z.enum(["create", "change", "delete", "move"]),
  movedTo: z.string().nullable(),
  addedLines: z.int(),
  removedLines: z.int(),
  /** SHA-256 of the file's bytes when it was read; null where it is new. Where it is another now nothing is applied. */
  beforeHash: z.string().nullable(),
})
export type ProposedFile = z.infer<typeof ProposedFile>

/** A change of files that somebody may take, take in part, or leave. */
export const Proposal = z.object({
  id: z.string(),
  /** The engine that made it. */
  engine: z.string(),
  /** One line: what it does. */
  title: z.string(),
  /** Markdown: why it is so. */
  explanation: z.string(),
  files: z.array(ProposedFile),
  /** All of it in the unified format. */
  diff: z.string(),
  /** What critics still mind. */
  findings: z.array(Finding),
  madeBy: z.enum(["model", "index"]),
  /** The prompt that a model made it of: what becomes of it is laid to that version. */
  prompt: z
    .object({
      name: z.string(),
      version: z.string(),
      variant: z.string(),
      source: z.string(),
      /** "provider/model". */
      model: z.string(),
    })
    .optional(),
})
export type Proposal = z.infer<typeof Proposal>
