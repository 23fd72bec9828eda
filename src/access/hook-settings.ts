import { z } from "zod"

/** When hooks are run. The names are those of other assistants. */
export const hookEvents = [
  "SessionStart",
  "UserPromptSubmit",
  "PreToolUse",
  "PostToolUse",
  "PermissionRequest",
  "Stop",
  "SubagentStart",
  "SubagentStop",
  "PreCompact",
  "Notification",
] as const
export type HookEvent = (typeof hookEvents)[number]

const isPattern = (text: string) => {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

const HookCommand = z.object({
  type: z.literal("command").default("command"),
  command: z.string().trim().min(1).max(10_000),
  /** Seconds. */
  timeout: z.number().min(0.1).max(600).default(60),
  /** False: outside of the sandbox, as you. Only in your own settings. */
  sandbox: z.boolean().default(true),
})

const HookGroup = z.object({
  /** A regular expression for the whole name of a tool; "" and "*" for all. */
  matcher: z
    .string()
    .max(1000)
    .refine((text) => text === "*" || isPattern(text), "is no regular expression")
    .default(""),
  hooks: z.array(HookCommand).max(100),
})

/** Hooks by event, as they stand in settings files of this and other assistants. */
export const HookSettings = z.partialRecord(z.enum(hookEvents), z.array(HookGroup).max(100))
export type HookSettings = z.infer<typeof HookSettings>
