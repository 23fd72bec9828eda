import { expect, test } from "vitest"
import { extract } from "./extract.ts"
import { projectWith } from "./refactorings.testing.ts"
import { typeInHover } from "./variable-types.ts"

/** The head of the function that the marked lines (`//<` to `//>`) become, and what is said of it. */
async function extracted(text: string, hovers: Readonly<Record<string, string>> = {}) {
  const lines = text.split("\n")
  const range = { startLine: lines.indexOf("//<") + 2, endLine: lines.indexOf("//>") }
  const { tools } = await projectWith({ "a.ts": text })
  const hoverIn = async (file: { readonly text: string }, offset: number) => {
    const name = /^\w+/.exec(file.text.slice(offset))?.[0] ?? ""
    return hovers[name] ?? ""
  }
  const { files, notes } = await extract(
    { path: "a.ts", ...range, name: "piece", into: "function" },
    { ...tools(), hoverIn },
  )
  const made = files[0]?.edits.at(-1)?.text ?? ""
  return { head: /function piece\(.*?\) \{/.exec(made)?.[0], notes }
}

test("without a server, types are those that are written, or that a first value plainly has", async () => {
  const { head, notes } = await extracted(`import type { Item } from "./item.ts"
export function f(items: readonly Item[], { tax, rate = 1 }: { tax?: number; rate?: number }, made = later()) {
  const names = ["a", "b"]
  const seen = new Map<string, Item>()
  const big = 1n
  for (const item of items) {
//<
    console.log(item, tax, rate, made, names, seen, big)
//>
  }
}
declare function later(): string
`)
  expect(head).toBe(
    "function piece(tax: number | undefined, rate: number, made, names: string[], seen: Map<string, Item>, big: bigint, item: Item) {",
  )
  expect(notes).toEqual(["made needs a type: none is known."])
})

test("a server's types are taken, narrowed as they are there; what has no name at the top of the file is not", async () => {
  const text = `import type { Item } from "./item.ts"
export function f<T>(item: Item | undefined, one: T, found = load(), far = load(), also: Item | null = null) {
  if (!item) return
//<
  console.log(item, one, found, far, also)
//>
}
declare function load(): Map<string, Item>
`
  const { head, notes } = await extracted(text, {
    item: "```typescript\n(parameter) item: Item\n```\n",
    one: "```typescript\n(parameter) one: T\n```\n",
    found: "```typescript\n(parameter) found: Map<string, {\n    item: Item;\n    at: Date;\n}>\n```\n",
    far: "```typescript\n(parameter) far: Elsewhere\n```\n",
  })
  expect(head).toBe(
    "function piece(item: Item, one, found: Map<string, { item: Item; at: Date }>, far, also: Item | null) {",
  )
  expect(notes).toEqual([
    "one needs a type: `T` is not known by that name at the top of the file.",
    "far needs a type: `Elsewhere` is not known by that name at the top of the file.",
  ])
})

test.each([
  ["const a: (string[] | undefined)[]", "(string[] | undefined)[]"],
  ["(parameter) a?: string", "string | undefined"],
  ["let a: { readonly b: number; }", "{ readonly b: number }"],
  ["const a: { b: number; ... 5 more ...; c: string; }", undefined],
  ["function a(b: number): string", undefined],
  ["const another: number", undefined],
])("what a server says is read: %s", (said, type) => {
  expect(typeInHover(`\`\`\`typescript\n${said}\n\`\`\`\n`, "a")).toBe(type)
  expect(typeInHover(said, "a")).toBe(type)
})
