import { inspect } from "node:util"
import { expect, test } from "vitest"
import { argument, command } from "../cli/manifest.testing.ts"
import { paints } from "../cli/terminal.ts"
import { helpersOf } from "./helpers.ts"

const manifest = {
  version: "1",
  commands: [
    command("search", { arguments: [argument("text", { type: "string", positional: 0 })] }),
    command("explain", { arguments: [argument("target", { type: "string", positional: 0 })] }),
    command("analyze", { arguments: [argument("paths", { type: "string[]", positional: 0 })] }),
    command("run", { arguments: [argument("task", { type: "string", positional: 0 })] }),
    command("status"),
    command("llm.list-models"),
    command("serve", { runsIn: "client" }),
  ],
}

type Call = (first?: unknown, more?: object) => Promise<unknown>
/** What this manifest gives. */
interface All {
  readonly search: Call
  readonly ai: { readonly complete: Call; readonly explain: Call }
  readonly cluster: { readonly status: Call }
  readonly duck: { readonly analyze: Call; readonly llm: { readonly listModels: Call } }
  h(about?: unknown): unknown
}

function helpers() {
  const asked: [name: string, input: object][] = []
  const all = helpersOf({
    manifest,
    look: { paints: paints(false), width: 80 },
    async run(name, input) {
      asked.push([name, input])
      return { output: { hits: [1, 2] }, rendered: `What ${name} says\n`, exitCode: 0 }
    },
  })
  return { asked, all: all as unknown as All }
}

test("what a helper takes first is the command's first argument, all else goes by name", async () => {
  const { all, asked } = helpers()
  await all.search("retry", { limit: 3 })
  await all.duck.analyze("a.ts")
  await all.duck.llm.listModels()
  await all.ai.complete("a story")
  await all.cluster.status()
  expect(asked).toEqual([
    ["search", { text: "retry", limit: 3 }],
    ["analyze", { paths: ["a.ts"] }],
    ["llm.list-models", {}],
    ["run", { mode: "plan", task: "a story" }],
    ["status", {}],
  ])
  await expect(all.cluster.status("x")).rejects.toThrow("takes nothing by place")
})

test("a result prints as on the command line, and its fields are data", async () => {
  const { all } = helpers()
  const result = await all.search("retry")
  expect(inspect(result)).toBe("What search says")
  expect(result).toEqual({ hits: [1, 2] })
})

test("only what this version has is there, and h tells of it", () => {
  const { all } = helpers()
  expect(all.ai).not.toHaveProperty("test")
  expect(all.duck).not.toHaveProperty("serve")
  expect(inspect(all.h())).toContain("ai.complete, ai.explain")
  expect(inspect(all.h(all.ai.explain))).toContain("duck explain")
  expect(() => all.h("nonsense")).toThrow("There is no help")
})
