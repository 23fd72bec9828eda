import type { CodeIndex, Definition } from "../../code/code-index.ts"
import type { ContextItem } from "../context.ts"

type Shorter = NonNullable<ContextItem["shorter"]>

/** Files longer than this are never looked at whole. */
export const mostFileLines = 5_000
const headLines = 40
const tailLines = 15

/** A file's definitions: with the first sentence of what is said of them, and without. */
export const outlineForms = (path: string, index: Pick<CodeIndex, "outline">): Shorter => [
  {
    form: "outline",
    text: () => outlineText(path, index, (definition) => `${signatureOf(definition)}${doc(definition)}`),
  },
  { form: "signatures", text: () => outlineText(path, index, signatureOf) },
]

/** The beginning and the end of a text, with how many lines are left out between. */
export function truncated(text: string): string {
  const lines = text.split("\n")
  if (lines.length <= headLines + tailLines + 1) return text
  const left = lines.length - headLines - tailLines
  return [...lines.slice(0, headLines), `[... ${left} lines left out ...]`, ...lines.slice(-tailLines)].join("\n")
}

export const truncatedForm = (text: string): Shorter[number] => ({ form: "truncated", text: () => truncated(text) })

async function outlineText(
  path: string,
  index: Pick<CodeIndex, "outline">,
  line: (definition: Definition) => string,
): Promise<string> {
  const { items } = await index.outline(path)
  return items
    .map((definition) => `${definition.startLine}: ${"  ".repeat(definition.within.length)}${line(definition)}`)
    .join("\n")
}

export const signatureOf = ({ signature, kind, name }: Definition): string =>
  signature.trim() === "" ? `${kind} ${name}` : signature.replace(/\s+/g, " ").trim()

function doc({ doc: said }: Definition): string {
  const first = /^[\s\S]*?[.!?](?=\s|$)/.exec(said.trim())?.[0] ?? said.trim()
  return first === "" ? "" : `  // ${first.replace(/\s+/g, " ")}`
}
