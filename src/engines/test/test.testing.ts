import { symlinkSync } from "node:fs"
import { join, resolve } from "node:path"
import { onTestFinished } from "vitest"
import { indexOf } from "../../code/project.testing.ts"
import { openTestRoom } from "../../workspace/test-runners/room.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { bareTools } from "../pipeline/pipeline.testing.ts"
import { prepareTask, type Wanted } from "./prepare.ts"

/** A project with the packages of this repository, its index, and tools whose model gives these answers. */
export async function projectOf(files: Readonly<Record<string, string>>, answers: readonly string[] = []) {
  const root = treeWith({ ".gitignore": "node_modules\n", ...files })
  symlinkSync(resolve("node_modules"), join(root, "node_modules"))
  const workspace = await openWorkspace({ root, audit: () => {} })
  const index = await indexOf(root)
  const bare = bareTools(answers, { workspace, index, root })
  const task = (target: string, more: Partial<Wanted> = {}) =>
    prepareTask({ target, instruction: "", property: false, doctest: false, ...more }, bare.tools)
  const room = async () => {
    const made = await openTestRoom({
      ...{ root, home: "/nowhere", signal: new AbortController().signal, audit: () => {} },
      dataFolder: treeWith(),
      recordFolder: join(treeWith(), "running"),
    })
    onTestFinished(() => made[Symbol.asyncDispose]())
    return made
  }
  return { ...bare, root, index, workspace, task, room }
}

export const shopFiles = {
  "package.json": '{ "type": "module", "devDependencies": { "vitest": "*", "fast-check": "*" } }',
  "src/price.ts": `export type Country = "de" | "fr"

const taxRates: Record<Country, number> = { de: 0.19, fr: 0.2 }

/** Adds the tax of a country to a net price, rounded to cents. */
export function grossPrice(net: number, country: Country): number {
  if (net < 0) throw new RangeError("negative price")
  return Math.round(net * (1 + taxRates[country]) * 100) / 100
}

export class Basket {
  private readonly nets: number[] = []

  add(net: number): void {
    this.nets.push(net)
  }

  async total(country: Country = "de"): Promise<number> {
    return this.nets.reduce((sum, net) => sum + grossPrice(net, country), 0)
  }
}
`,
  "src/money.test.ts": `import { describe, expect, it } from "vitest"
import { grossPrice } from "./price.ts"

describe("money", () => {
  it("is rounded", () => {
    expect(grossPrice(1, "de")).toBe(1.19)
  })
})
`,
}
