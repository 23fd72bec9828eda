import { join, posix } from "node:path"
import { cyclicParts } from "../../src/code/analyzers/cycles.ts"
import { openIndex } from "../../src/code/index/open-index.ts"
import { openIndexStore } from "../../src/code/index/store.ts"
import { variantOf } from "../../src/code/index/variant.ts"
import { parserProcess } from "../../src/code/parse/parser-process.ts"
import type { Row } from "../machine.ts"
import { type Judged, judgedRow } from "./judged.ts"
import type { GraphCase } from "./madge-cases.ts"

/** Imports and circles of others' fixtures, as the index sees them. `work` is a folder for the index; what is `wrong` is told there. */
export async function graphRows(
  tests: string,
  cases: readonly GraphCase[],
  { work, wrong }: { readonly work: string; readonly wrong: string[] },
): Promise<Row[]> {
  const store = openIndexStore(join(work, "madge.db"))
  const pool = parserProcess()
  const analyse = (path: string, bytes: Uint8Array<ArrayBuffer>) => pool.analyse({ path, bytes })
  const index = openIndex({ root: tests, store, analyser: { variantOf, width: pool.width, analyse }, git: null })
  try {
    await index.update()
    const graph = new Map<string, string[]>()
    for (const path of index.files()) {
      const { items } = await index.importsOf(path)
      graph.set(path, [...new Set(items.flatMap(({ to }) => to))])
    }
    const [imports, circles]: [Judged[], Judged[]] = [[], []]
    for (const one of cases) {
      const reached = reachedFrom(one.entry, graph)
      const at = (name: string) => posix.join(posix.dirname(one.entry), name)
      if (one.edges) {
        const theirs = Object.entries(one.edges).flatMap(([from, to]) => to.map((name) => `${at(from)} ${at(name)}`))
        const ours = [...reached].flatMap(([from, to]) => to.map((name) => `${from} ${name}`))
        imports.push(...judgedSets(theirs, ours, wrong))
      }
      if (one.circles) {
        const key = (files: readonly string[]) => files.toSorted().join(" ")
        circles.push(
          ...judgedSets(
            one.circles.map((files) => key(files.map(at))),
            cyclicParts(reached).map(key),
            wrong,
          ),
        )
      }
    }
    return [judgedRow("imports, by madge's tests", imports), judgedRow("import circles, by madge's tests", circles)]
  } finally {
    await index.close()
    await pool.close()
    store.close()
  }
}

function judgedSets(theirs: readonly string[], ours: readonly string[], wrong: string[]): Judged[] {
  return [...new Set([...theirs, ...ours])].map((one) => {
    const judged = { isBad: theirs.includes(one), isFound: ours.includes(one) }
    if (judged.isBad !== judged.isFound) wrong.push(`${judged.isBad ? "missed" : "false"}, madge: ${one}`)
    return judged
  })
}

function reachedFrom(entry: string, graph: ReadonlyMap<string, readonly string[]>): Map<string, readonly string[]> {
  const reached = new Map<string, readonly string[]>([[entry, graph.get(entry) ?? []]])
  for (const [, to] of reached) for (const one of to) if (!reached.has(one)) reached.set(one, graph.get(one) ?? [])
  return reached
}
