import { isAbsolute } from "node:path"
import { z } from "zod"
import type { Checker } from "../checker.ts"
import type { Told } from "../diagnostic.ts"

const Span = z.object({
  file_name: z.string(),
  line_start: z.number(),
  column_start: z.number(),
  line_end: z.number(),
  column_end: z.number(),
  is_primary: z.boolean(),
  label: z.string().nullish(),
  /** Where the macro was called that the text comes from. */
  get expansion() {
    return z.object({ span: Span }).nullish()
  },
})

const Line = z.object({
  reason: z.literal("compiler-message"),
  message: z.object({
    message: z.string(),
    level: z.string(),
    code: z.object({ code: z.string() }).nullish(),
    spans: z.array(Span),
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
  command: async (program) =>
    `CARGO_TARGET_DIR="$cache"/target ${program} check --workspace --all-targets --offline --quiet --message-format json`,
  parse(out, errors) {
    const seen = new Set<string>()
    // What is no compiler's message: a build script that failed.
    const others = errors.split("\n").flatMap((line) => /^error: (.*)/.exec(line)?.[1] ?? [])
    const told = out.split("\n").flatMap((text): Told[] => {
      if (!text.startsWith("{")) return []
      const line = Line.safeParse(JSON.parse(text))
      if (!line.success) return []
      const { message, level, code, spans } = line.data.message
      const primary = spans.find((span) => span.is_primary)
      const place = primary && calledFrom(primary)
      if (!place) {
        if (level !== "error" || summary.test(message)) return []
        return [unplaced(message, code?.code)]
      }
      const told: Told = {
        path: place.file_name,
        line: place.line_start,
        column: place.column_start,
        endLine: place.line_end,
        endColumn: place.column_end,
        severity: level.startsWith("error") ? "error" : level === "warning" ? "warning" : "note",
        rule: code?.code ?? "",
        message: primary.label && !message.includes(primary.label) ? `${message}: ${primary.label}` : message,
      }
      // A library is compiled with its tests and without.
      const key = JSON.stringify(told)
      if (seen.has(key)) return []
      seen.add(key)
      return [told]
    })
    return [...told, ...others.filter((message) => !summary.test(message)).map((message) => unplaced(message))]
  },
}

const summary = /^(aborting due to|could not compile)/

const unplaced = (message: string, rule = ""): Told => ({
  ...{ path: "", line: 1, column: 1, severity: "error", rule, message },
})

/** Of text that a macro of another package made, where the project calls it. */
function calledFrom(span: z.infer<typeof Span>): z.infer<typeof Span> {
  let at = span
  while (isAbsolute(at.file_name) && at.expansion) at = at.expansion.span
  return at
}
