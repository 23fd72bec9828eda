import { z } from "zod"
import { Finding } from "../../code/finding.ts"

/** What becomes of one file. Paths are posix and relative to the root. */
export const ProposedChange = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("create"), path: z.string(), after: z.string() }),
  z.object({
    kind: z.literal("change"),
    path: z.string(),
    /** SHA-256 of the file's bytes when it was read: another one and nothing is applied. */
    beforeHash: z.string(),
    after: z.string(),
  }),
  z.object({ kind: z.literal("delete"), path: z.string(), beforeHash: z.string() }),
  z.object({
    kind: z.literal("move"),
    path: z.string(),
    beforeHash: z.string(),
    to: z.string(),
    /** The new text, where it changes; else it is moved as it is. */
    after: z.string().nullable(),
  }),
])
export type ProposedChange = z.infer<typeof ProposedChange>

/** A change to files that somebody may take or leave. It is all applied or not at all, or hunk by hunk as chosen. */
export const Proposal = z.object({
  id: z.string(),
  /** The engine that made it. */
  engine: z.string(),
  /** One line: what it does. */
  title: z.string(),
  /** Markdown: why it is so. */
  explanation: z.string(),
  changes: z.array(ProposedChange),
  /** All changes in the unified format, as shown. */
  diff: z.string(),
  findings: z.array(Finding),
  madeBy: z.enum(["model", "index"]),
})
export type Proposal = z.infer<typeof Proposal>
