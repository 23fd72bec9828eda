import type { PackedItem } from "../context.ts"

const notes = {
  whole: "",
  excerpt: ", an excerpt",
  outline: ", only its outline",
  signatures: ", only its signatures",
  truncated: ", cut",
} as const

/** An item as a model reads it: what it is and why it is here, then its text in a fence that nothing in it can close. */
export function contextText({ title, why, form, text, place }: PackedItem): string {
  const longest = Math.max(2, ...Array.from(text.matchAll(/`+/g), ([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  const extension = /\.(\w+)$/.exec(place?.path ?? "")?.[1] ?? ""
  return `### ${title} (${why}${notes[form]})\n${fence}${extension}\n${text.replace(/\n$/, "")}\n${fence}`
}
