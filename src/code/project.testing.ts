import { join } from "node:path"
import { onTestFinished } from "vitest"
import { openGit } from "../workspace/git.ts"
import { treeWith } from "../workspace/tree.testing.ts"
import type { CodeIndex } from "./code-index.ts"
import { inProcessAnalyser } from "./index/in-process.ts"
import { openIndex } from "./index/open-index.ts"
import { openIndexStore } from "./index/store.ts"

/** The finished index of a folder, with its history where it is a repository. Goes away with the test. */
export async function indexOf(root: string): Promise<CodeIndex> {
  const store = openIndexStore(join(treeWith(), "index.db"))
  const index = openIndex({ root, store, analyser: inProcessAnalyser, git: await openGit(root) })
  onTestFinished(async () => {
    await index.close()
    store.close()
  })
  await index.update()
  return index
}

/** A small program with a caller, a callee, a test and a document. */
export const shop = {
  "src/price.ts": `import { round } from "./money.ts"

/** Adds the tax of a country to a net price. Throws when the country is unknown. */
export function grossPrice(net: number, country: string): number {
  const rate = taxRates[country]
  if (rate === undefined) throw new Error("unknown country")
  return round(net * (1 + rate))
}

const taxRates: Record<string, number> = { de: 0.19, fr: 0.2 }
`,
  "src/money.ts": `/** Rounds to whole cents, half away from zero. */
export function round(amount: number): number {
  return Math.round(amount * 100) / 100
}
`,
  "src/basket.ts": `import { grossPrice } from "./price.ts"

export class Basket {
  private readonly nets: number[] = []

  add(net: number): void {
    this.nets.push(net)
  }

  /** What the customer pays. */
  total(country: string): number {
    return this.nets.reduce((sum, net) => sum + grossPrice(net, country), 0)
  }
}
`,
  "src/price.test.ts": `import { expect, test } from "vitest"
import { grossPrice } from "./price.ts"

test("adds German tax", () => {
  expect(grossPrice(100, "de")).toBe(119)
})
`,
  "README.md": "# Shop\n\nPrices are kept net; tax is added at the till.\n",
}
