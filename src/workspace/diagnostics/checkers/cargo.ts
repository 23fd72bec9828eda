import { z } from "zod"
import type { Checker } from "../checker.ts"
import type { Told } from "../diagnostic.ts"

const Line = z.object({
  reason: z.literal("compiler-message"),
  message: z.object({
    message: z.string(),
    level: z.string(),
    code: z.object({ code: z.string() }).nullish(),
    spans: z.array(
      z.object({
        file_name: z.string(),
        line_start: z.number(),
        column_start: z.number(),
        line_end: z.number(),
        column_end: z.number(),
        is_primary: z.boolean(),
        label: z.string().nullish(),
      }),
    ),
  }),
})

export const cargo: Checker = {
  name: "cargo check",
  kind: "types",
  files: /\.rs$/,
  configuredBy: /^Cargo\.toml$/,
  isConfigured: async (view) => view.has("Cargo.toml"),
  isPerFolder: false,
  installedIn: [],
  program: "cargo",
  // There is no network where it runs; what is not downloaded yet is said at once.
  command: async (program) => `${program} check --workspace --all-targets --offline --quiet --message-format json`,
  parse(out) {
    const seen = new Set<string>()
    return out.split("\n").flatMap((text): Told[] => {
      if (!text.startsWith("{")) return []
      const line = Line.safeParse(JSON.parse(text))
      if (!line.success) return []
      const { message, level, code, spans } = line.data.message
      const place = spans.find((span) => span.is_primary)
      if (!place) return []
      const told: Told = {
        path: place.file_name,
        line: place.line_start,
        column: place.column_start,
        endLine: place.line_end,
        endColumn: place.column_end,
        severity: level.startsWith("error") ? "error" : level === "warning" ? "warning" : "note",
        rule: code?.code ?? "",
        message: place.label && !message.includes(place.label) ? `${message}: ${place.label}` : message,
      }
      // A library is compiled with its tests and without.
      const key = JSON.stringify(told)
      if (seen.has(key)) return []
      seen.add(key)
      return [told]
    })
  },
}
