import type { Block, Document } from "../document.ts"

/** How an output looks whose command says nothing about it: fields, tables of alike objects, headings for the rest. */
export function plainView(output: unknown): Document {
  return blocksOf(output, 1)
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value)
const isScalar = (value: unknown) => !isFields(value) && !(Array.isArray(value) && value.some(isFields))

function blocksOf(value: unknown, level: 1 | 2 | 3): Block[] {
  if (Array.isArray(value)) return listOf(value)
  if (!isFields(value)) return value === undefined ? [] : [{ kind: "paragraph", text: wordOf(value) }]
  const entries = Object.entries(value).filter(([, held]) => held !== undefined)
  const scalars = entries.filter(([, held]) => isScalar(held))
  const blocks: Block[] = []
  if (scalars.length > 0) {
    blocks.push({ kind: "fields", entries: scalars.map(([name, held]) => [titleOf(name), wordOf(held)] as const) })
  }
  for (const [name, held] of entries.filter(([, held]) => !isScalar(held))) {
    blocks.push({ kind: "heading", text: titleOf(name), level })
    blocks.push(...blocksOf(held, level === 1 ? 2 : 3))
  }
  return blocks
}

function listOf(items: readonly unknown[]): Block[] {
  if (items.length === 0) return [{ kind: "paragraph", text: "none", tone: "quiet" }]
  if (!items.every(isFields)) return [{ kind: "list", items: items.map(wordOf) }]
  const names = [...new Set(items.flatMap((item) => Object.keys(item)))]
  const isNumber = (name: string) => items.every((item) => typeof item[name] === "number")
  return [
    {
      kind: "table",
      columns: names.map((name) => ({ title: titleOf(name), align: isNumber(name) ? "right" : "left" })),
      rows: items.map((item) => names.map((name) => (item[name] === undefined ? "" : wordOf(item[name])))),
    },
  ]
}

/** "sizeBytes" reads "size bytes". */
const titleOf = (name: string) =>
  name.replace(/([a-z\d])([A-Z])/g, (_, before, after) => `${before} ${after.toLowerCase()}`)

function wordOf(value: unknown): string {
  if (value === null || value === undefined) return "-"
  if (value === true) return "yes"
  if (value === false) return "no"
  if (Array.isArray(value)) return value.length === 0 ? "-" : value.map(wordOf).join(", ")
  return typeof value === "object" ? JSON.stringify(value) : String(value)
}
