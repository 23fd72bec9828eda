import { cpSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { dumpOf } from "./dump.testing.ts"
import { inProcessAnalyser } from "./in-process.ts"
import { inTemporaryFolder } from "./index.testing.ts"
import { openIndex } from "./open-index.ts"
import { openIndexStore } from "./store.ts"

const paths = ["a.ts", "src/b.ts", "src/deep/c.py", "d.md", "src/deep/e.ts", "lib/f.go", "g.bin", "src", "lib"]
const texts = [
  "",
  "export function parseHeader(text: string) {\n  return text.split(':')\n}\n",
  "import { parseHeader } from './a.ts'\n/** Retries with backoff. */\nexport const retry = () => parseHeader('x: y')\n",
  "class Retry:\n    def backoff(self, n):\n        return 2 ** n\n",
  "# Retry\n\nHow to retry.\n\n## Backoff\n\nDouble it.\n",
  "package f\n\nfunc Backoff(n int) int { return n * 2 }\n",
  "\u0000\u0001binary\u0000",
  "export class Broken {\n  method( {\n",
]

type Step =
  | { readonly kind: "write"; readonly path: string; readonly text: string }
  | { readonly kind: "delete"; readonly path: string }
  | { readonly kind: "rename"; readonly from: string; readonly to: string }
  | { readonly kind: "update"; readonly how: "all" | "touched" }

const pathOf = fc.constantFrom(...paths)
const stepOf: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write"), path: pathOf, text: fc.constantFrom(...texts) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete"), path: pathOf }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rename"), from: pathOf, to: pathOf }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("update"), how: fc.constantFrom("all", "touched") }) },
)

/** Does what a person may do to a tree; what can't be done (a rename onto itself) is left out. Tells what was touched. */
function apply(root: string, step: Exclude<Step, { kind: "update" }>): string[] {
  try {
    if (step.kind === "write") {
      mkdirSync(dirname(join(root, step.path)), { recursive: true })
      writeFileSync(join(root, step.path), step.text)
      return [step.path]
    }
    if (step.kind === "delete") {
      rmSync(join(root, step.path), { recursive: true })
      return [step.path]
    }
    mkdirSync(dirname(join(root, step.to)), { recursive: true })
    renameSync(join(root, step.from), join(root, step.to))
    return [step.from, step.to]
  } catch {
    return []
  }
}

test("after any edits, renames and deletions an index kept up to date equals one built anew", async () => {
  await inTemporaryFolder(async (folder) => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(stepOf, { minLength: 3, maxLength: 25 }), async (steps) => {
        const here = join(folder, String(run++))
        const root = join(here, "project")
        mkdirSync(root, { recursive: true })
        const store = openIndexStore(join(here, "kept", "index.db"))
        const index = openIndex({ root, store, analyser: inProcessAnalyser, git: null })
        const touched = new Set<string>()
        await index.update()
        for (const step of steps) {
          if (step.kind !== "update") for (const path of apply(root, step)) touched.add(path)
          else if (step.how === "all") await index.update()
          else await index.update({ paths: [...touched] })
          if (step.kind === "update") touched.clear()
        }
        await index.update({ paths: [...touched] })
        await index.settled()

        const cleanStore = openIndexStore(join(here, "clean", "index.db"))
        const clean = openIndex({ root, store: cleanStore, analyser: inProcessAnalyser, git: null })
        await clean.update()
        await clean.settled()
        expect(dumpOf(store, root)).toEqual(dumpOf(cleanStore, root))
        const { indexedAt: _a, ...kept } = index.freshness()
        const { indexedAt: _b, ...anew } = clean.freshness()
        expect(kept).toEqual(anew)
        for (const text of ["retry backoff", "parse header", "kind:function parse"]) {
          const [one, other] = [await index.search({ text }), await clean.search({ text })]
          expect(one.hits).toEqual(other.hits)
        }
        expect((await index.impact("parseHeader")).dependants).toEqual((await clean.impact("parseHeader")).dependants)
        // Merging and dropping what is not used changes nothing either.
        store.collectGarbage({ all: true })
        await store.compact(async () => {}, { all: true })
        expect(dumpOf(store, root)).toEqual(dumpOf(cleanStore, root))
        for (const one of [index, clean]) await one.close()
        for (const one of [store, cleanStore]) one.close()
      }),
      { numRuns: 50 },
    )
  })
})

test("a copy of a tree has the same name, another text another one", async () => {
  await inTemporaryFolder(async (folder) => {
    const nameOf = async (root: string) => {
      const store = openIndexStore(join(folder, `${root}.db`))
      const index = openIndex({ root: join(folder, root), store, analyser: inProcessAnalyser, git: null })
      await index.update()
      const { tree } = index.freshness()
      await index.close()
      store.close()
      return tree
    }
    for (const [at, path] of paths.slice(0, 6).entries()) {
      mkdirSync(join(folder, "one", dirname(path)), { recursive: true })
      writeFileSync(join(folder, "one", path), texts[at] ?? "")
    }
    cpSync(join(folder, "one"), join(folder, "two"), { recursive: true })
    expect(await nameOf("two")).toBe(await nameOf("one"))
    writeFileSync(join(folder, "two", "a.ts"), "changed")
    expect(await nameOf("two")).not.toBe(await nameOf("one"))
  })
})
