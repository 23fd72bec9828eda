import { z } from "zod"
import type { Block } from "./document.ts"

export const ConfigValue = z.object({
  key: z.string(),
  value: z.unknown(),
  source: z.enum(["default", "user", "project", "local", "environment", "flag"]),
  /** `path:line` or the name of a variable; "" for a default or a flag. */
  where: z.string(),
  default: z.unknown(),
  description: z.string(),
  /** The environment variable that sets it. */
  variable: z.string(),
})

/** What in the settings files was not taken. */
export const Warnings = z.array(z.object({ message: z.string(), where: z.string() }))

export const warningBlocks = (warnings: z.output<typeof Warnings>): Block[] =>
  warnings.map(({ message, where }) => ({ kind: "paragraph", text: `${where}: ${message}`, tone: "warning" }))

export const valueText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value))
