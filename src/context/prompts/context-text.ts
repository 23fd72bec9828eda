import type { PackedItem } from "../context.ts"
import type { PromptStyle } from "./family.ts"

const notes = {
  whole: "",
  excerpt: ", an excerpt",
  outline: ", only its outline",
  signatures: ", only its signatures",
  truncated: ", cut",
} as const

/**
 * An item as a model reads it: what it is and why it is here, then its text in a fence that nothing in it can close.
 * Anthropic's models are trained to tell parts of a prompt by tags, the others by headings.
 */
export function contextText({ title, why, form, text, place }: PackedItem, { family }: PromptStyle): string {
  const extension = /\.(\w+)$/.exec(place?.path ?? "")?.[1] ?? ""
  const fenced = inFence(text, extension)
  const about = `${why}${notes[form]}`
  return family === "anthropic"
    ? `<document title="${attribute(title)}" why="${attribute(about)}">\n${fenced}\n</document>`
    : `### ${title} (${about})\n${fenced}`
}

/** In a fence that is longer than any in the text. */
export function inFence(text: string, language = ""): string {
  const longest = text.matchAll(/`+/g).reduce((most, [run]) => Math.max(most, run.length), 2)
  const fence = "`".repeat(longest + 1)
  return `${fence}${language}\n${text.replace(/\n$/, "")}\n${fence}`
}

export function ruleText(
  { title, text }: { readonly title: string; readonly text: string },
  { family }: PromptStyle,
): string {
  return family === "anthropic"
    ? `<rule title="${attribute(title)}">\n${text.trim()}\n</rule>`
    : `## ${title}\n\n${text.trim()}`
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }
const attribute = (text: string) => text.replace(/[&<>"]/g, (sign) => entities[sign] ?? sign).replace(/\s+/g, " ")
