import fc from "fast-check"
import { expect, test } from "vitest"
import { findClones } from "./clones.ts"
import { examine } from "./examine.ts"

const options = { leastTokens: 50, leastRenamed: 60, leastLines: 5 }

const block = `  const open = rows.filter((row) => row.paid === false && row.due < today)
  let owed = 0
  for (const row of open) {
    if (row.kind === "credit") owed -= row.amount
    else owed += row.amount * (1 + rate)
  }
  if (owed > limit) throw new Error("too much is owed by " + customer.name)
  return { owed, count: open.length, first: open[0] ?? null }
`
const filler = (seed: number, lines: number) =>
  Array.from(
    { length: lines },
    (_, n) => `export const part${seed}_${n} = [${n}, "${seed}"].${"abcdef"[(n + seed) % 6]}(${n * seed})`,
  )

const functionAround = (name: string, body: string) =>
  `function ${name}(rows, today, rate, limit, customer) {\n${body}}\n`

async function clonesOf(files: Readonly<Record<string, string>>) {
  const sources = []
  for (const [path, text] of Object.entries(files)) sources.push({ path, tokens: (await examine(path, text)).tokens })
  return findClones(sources, options)
}

test("a copy is found wherever it is put in", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(30), fc.nat(30), fc.nat(30), async (a, b, c) => {
      const first = [...filler(1, a), functionAround("first", block), ...filler(2, b)].join("\n")
      const second = [...filler(3, c), functionAround("second", block), ...filler(4, a)].join("\n")
      const found = await clonesOf({ "a.js": first, "b.js": second })
      const start = c + 2
      const end = c + 9
      expect(
        found.some(({ path, startLine, endLine }) => path === "b.js" && startLine <= start && endLine >= end),
      ).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test("a copy within the same file is found", async () => {
  const text = [functionAround("first", block), ...filler(1, 5), functionAround("second", block)].join("\n")
  const [clone] = await clonesOf({ "a.js": text })
  expect(clone).toMatchObject({ path: "a.js", type: 1, original: { path: "a.js" } })
})

test("other names make it a clone of type 2, whatever they are", async () => {
  const names = ["open", "rows", "row", "today", "owed", "rate", "limit", "customer", "count", "first"]
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.stringMatching(/^[a-z]{5}[A-Z]$/), { minLength: 10, maxLength: 10 }),
      async (to) => {
        let renamed = block
        for (const [n, name] of names.entries())
          renamed = renamed.replaceAll(new RegExp(`\\b${name}\\b`, "g"), to[n] ?? "")
        const found = await clonesOf({ "a.js": functionAround("f", block), "b.js": functionAround("f", renamed) })
        expect(found.map(({ path, type }) => [path, type])).toEqual([["b.js", 2]])
      },
    ),
    { numRuns: 20 },
  )
})

test("names that are mixed up are no clone", async () => {
  // `owed` and `limit` change places half of the way.
  const mixed = block.replace("let owed", "let limit").replace("owed -= row.amount", "rate -= today.due")
  const found = await clonesOf({ "a.js": functionAround("f", block), "b.js": functionAround("g", mixed) })
  expect(found.filter(({ tokens }) => tokens > 110)).toEqual([])
})

test("what is shorter than the least, imports and comments are none", async () => {
  const imports = Array.from({ length: 30 }, (_, n) => `import { a${n}, b${n} } from "./c${n}.ts"`).join("\n")
  const comment = `/*\n${"the same words again and again\n".repeat(30)}*/\n`
  const short = "export const one = [1, 2, 3]\nexport const two = one.map((n) => n * 2)\n"
  expect(await clonesOf({ "a.ts": imports + comment + short, "b.ts": imports + comment + short })).toEqual([])
})

test("a long table of numbers is not a copy of itself with other values", async () => {
  const table = (from: number) =>
    `export const t = [\n${Array.from({ length: 200 }, (_, n) => `  ${n + from},`).join("\n")}\n]\n`
  expect(await clonesOf({ "a.ts": table(1), "b.ts": table(1000) })).toEqual([])
})
