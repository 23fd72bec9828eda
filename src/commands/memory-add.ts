import { z } from "zod"
import { longestMemory, memoryKinds, memoryScopes } from "../assistant/memory/kinds.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { memoryOf, sawWritten, writerOf } from "./memory/reader.ts"
import { shortId, untilOf } from "./memory/shapes.ts"

export const memoryAdd = defineCommand({
  name: "memory.add",
  summary: "Remember something for later conversations",
  description: "What is remembered already is confirmed. Keys, tokens and passwords are refused.",
  examples: [
    { line: "duck memory add --kind preference I like small commits", says: "for you, in all projects" },
    { line: "duck memory add --scope project The API is frozen --expires 14d", says: "for this project, two weeks" },
    { line: "duck memory add --scope team --kind decision We use pnpm", says: "for everyone on this server" },
  ],
  input: z.object({
    text: z.string().trim().min(1).max(longestMemory).describe("What to remember, in a sentence or two"),
    scope: z.enum(memoryScopes).default("user").describe("user: for you; project: for all here; team: for everyone"),
    kind: z.enum(memoryKinds).default("fact").describe("What it is; preferences are told to every conversation"),
    expires: z
      .string()
      .optional()
      .describe("When it no longer holds: days as in 30d, or the last day as in 2026-12-31"),
    confidence: z.number().min(0).max(1).default(1).describe("How sure it is"),
    dryRun: z.boolean().default(false).describe("Only say whether it would be remembered"),
  }),
  output: z.object({
    /** Null of a dry run. */
    id: z.string().nullable(),
    text: z.string(),
    scope: z.enum(memoryScopes),
    expiresAt: z.string().nullable(),
    /** It was remembered before. */
    isConfirmed: z.boolean(),
    isDryRun: z.boolean(),
  }),
  positionals: ["text"],
  takesRest: true,
  permission: "write",
  async run({ text: typed, scope, kind, expires, confidence, dryRun }, context) {
    const nowMs = context.host.clock.now()
    const expiresAt = expires === undefined ? null : untilOf(expires, nowMs)
    const { rememberable } = await import("../assistant/memory/rememberable.ts")
    const text = rememberable(typed, expiresAt, nowMs)
    const answer = { text, scope, expiresAt, isDryRun: dryRun }
    if (dryRun) return { id: null, isConfirmed: false, ...answer }
    const [memory, writer] = await Promise.all([memoryOf(context), writerOf(context, scope)])
    const holds = expiresAt === null ? null : { until: expiresAt }
    const written = await memory.add(writer, { scope, kind, text, confidence, source: null, holds })
    sawWritten(context, [written])
    const [remembered] = written.memories
    return { id: remembered?.id ?? null, isConfirmed: (remembered?.times ?? 1) > 1, ...answer }
  },
  present: ({ id, text, scope, isConfirmed, isDryRun }) => [
    {
      kind: "paragraph",
      text: isDryRun
        ? `Would remember for the ${scope}: ${literal(text)}`
        : `${isConfirmed ? "Was remembered already, and is confirmed" : "Remembered"} (\`${shortId(id ?? "")}\`). \`duck memory undo\` takes it back.`,
    },
  ],
})
