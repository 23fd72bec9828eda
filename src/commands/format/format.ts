import type { ErrorBody } from "../../base/errors.ts"
import type { Rendering } from "../../base/wire.ts"
import type { Document } from "../document.ts"
import { formatMarkdown } from "./markdown.ts"
import { painter } from "./paint.ts"
import { formatTable } from "./table.ts"
import { formatText } from "./text.ts"

/** A result as the text to print. JSON is the output itself, everything else its Document. Ends with a newline. */
export function format(output: unknown, document: () => Document, rendering: Rendering): string {
  if (rendering.format === "json") return `${JSON.stringify(output, null, 2)}\n`
  if (rendering.format === "markdown") return formatMarkdown(document())
  const page = { width: rendering.width ?? 0, paint: painter(rendering.color ?? "0") }
  return rendering.format === "table" ? formatTable(document(), page) : formatText(document(), page)
}

/** An error as a person reads it: what happened, and what to do next. */
export function errorDocument(error: ErrorBody): Document {
  return [
    { kind: "paragraph", text: error.message, tone: "bad" },
    ...(error.hint === undefined ? [] : [{ kind: "paragraph", text: error.hint } as const]),
  ]
}
