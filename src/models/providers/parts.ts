import type { ImagePart, Part, TextPart, ToolResultPart } from "../model.ts"

/** The texts among the parts, a line each. */
export const textOf = (parts: readonly Part[]): string =>
  parts
    .filter((part): part is TextPart => part.kind === "text")
    .map((part) => part.text)
    .join("\n")

/** A tool's result for an API that has no mark for failed ones. */
export function resultText({ content, isError }: ToolResultPart): string {
  const text = textOf(content)
  return isError && !/^\W*error/i.test(text) ? `Error: ${text}` : text
}

/** An image as an address: its own, or one that holds it. */
export const imageUrl = ({ source, mediaType }: ImagePart): string =>
  source.kind === "url" ? source.url : `data:${mediaType};base64,${source.data}`
