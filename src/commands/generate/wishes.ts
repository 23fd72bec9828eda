import { z } from "zod"
import { InvalidInputError } from "../../base/errors.ts"
import { parseWith } from "../../base/schema.ts"

const Entry = z.union([
  z
    .string()
    .trim()
    .min(1)
    .transform((description) => ({ description })),
  z.strictObject({
    description: z.string().trim().min(1),
    file: z.string().optional(),
    framework: z.string().optional(),
    name: z.string().optional(),
  }),
])
export type ListEntry = {
  readonly description: string
  readonly file?: string | undefined
  readonly framework?: string | undefined
  readonly name?: string | undefined
}

const most = 200

/** What a list asks for: JSON, an array of descriptions or objects; or Markdown, an item each, without what is ticked. */
export function entriesOf(path: string, text: string): readonly ListEntry[] {
  const entries = path.endsWith(".json") ? ofJson(path, text) : ofMarkdown(text)
  if (entries.length === 0 || entries.length > most) {
    throw new InvalidInputError({
      message: `${path} has ${entries.length === 0 ? "no entries" : `more than ${most} entries`}.`,
      hint: 'Markdown: a line "- [ ] a route for orders" each. JSON: ["a route for orders", ...].',
    })
  }
  return entries
}

function ofJson(path: string, text: string): readonly ListEntry[] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidInputError({ message: `${path} is not JSON.`, hint: 'It is to be ["...", ...].', cause })
  }
  return parseWith(z.array(Entry), value, path)
}

const ofMarkdown = (text: string): readonly ListEntry[] =>
  text.split(/\r?\n/).flatMap((line) => {
    const [, tick, description] = /^\s*(?:[-*+]|\d+[.)])\s+(?:\[([ xX])\]\s+)?(\S.*)$/.exec(line) ?? []
    return description === undefined || tick?.toLowerCase() === "x" ? [] : [{ description: description.trim() }]
  })
