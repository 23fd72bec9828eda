import { expect, test } from "vitest"
import { indexOf, shop } from "../../code/project.testing.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { explainProject } from "./explain-project.ts"
import { Explanation } from "./explanation.ts"
import { folderCycles, folderDiagram, foldersOf } from "./folders.ts"

async function page(files: Readonly<Record<string, string>>) {
  const root = treeWith(files)
  const explanation = await explainProject({ index: await indexOf(root), root, signal: new AbortController().signal })
  expect(Explanation.parse(explanation)).toEqual(explanation)
  if (!explanation.project) throw new Error("There is no page.")
  return explanation.project
}

test("a project's page says purpose, entry points, main modules, services, tests and commands", async () => {
  const found = await page({
    ...shop,
    "package.json": JSON.stringify({
      name: "shop",
      description: "Sells things.",
      main: "src/basket.ts",
      scripts: { build: "tsc", test: "vitest" },
    }),
    "src/store.ts": 'import pg from "pg"\nexport const pool = new pg.Pool()\n',
  })
  expect(found).toMatchObject({ name: "shop", tests: { files: 1, command: "npm test" } })
  expect(found.purpose).toBe("Sells things. Prices are kept net; tax is added at the till.")
  expect(found.entryPoints).toEqual([{ path: "src/basket.ts", why: "`main` of package.json" }])
  expect(found.modules[0]).toMatchObject({ importedBy: 1 })
  expect(found.services).toEqual([{ name: "PostgreSQL", kind: "database", path: "src/store.ts", line: 1 }])
  expect(found.commands.map(({ line }) => line)).toEqual(["npm install", "npm run build", "npm run test"])
})

test("folders that import each other are told as a circle, also in the diagram", async () => {
  const found = await page({
    "a/one.ts": 'import { b } from "../b/two.ts"\nexport const a = () => b\n',
    "b/two.ts": 'import { a } from "../a/one.ts"\nexport const b = () => a\n',
    "c/three.ts": 'import { a } from "../a/one.ts"\nexport const c = a\n',
  })
  expect(found.cycles).toEqual([["a", "b"]])
  expect(found.diagram).toBe(
    [
      "flowchart TD",
      '  f0["a/"]',
      '  f1["b/"]',
      '  f2["c/"]',
      '  f0 -. "cycle" .-> f1',
      '  f1 -. "cycle" .-> f0',
      "  f2 --> f0",
    ].join("\n"),
  )
  expect(found.folders.find(({ path }) => path === "c")).toMatchObject({ uses: ["a"], isInCycle: false })
})

test("a project without code, manifest or README has a page all the same", async () => {
  expect(await page({ "notes.txt": "nothing" })).toMatchObject({ purpose: "", folders: [], diagram: "", modules: [] })
})

test("the folder that holds most of the code is taken apart", () => {
  const files = ["src/a/1.ts", "src/a/2.ts", "src/b/3.ts", "src/main.ts", "bin/x.ts"]
  expect(new Set(foldersOf(files).values())).toEqual(new Set(["src/a", "src/b", "src", "bin"]))
})

test("a diagram has few nodes, and no name can break out of its label", () => {
  const wild = 'x"]; click f0 "<b>'
  const edges = new Map([[wild, new Map(Array.from({ length: 40 }, (_, n) => [`f${n}`, 1]))]])
  const diagram = folderDiagram(edges, folderCycles(edges))
  expect(diagram.split("\n").filter((line) => line.includes('["')).length).toBeLessThanOrEqual(14)
  expect(diagram).not.toContain('"]; click')
})

test("names of folders reach a diagram letter by letter, whatever Mermaid makes of their signs", () => {
  const labelOf = (folder: string) => {
    const diagram = folderDiagram(new Map([[folder, new Map([["\uffff", 1]])]]), [])
    return /f0\["([^\n]*)"\]\n/.exec(diagram)?.[1]
  }
  // What Mermaid 11 made of these in a browser was read off its picture.
  expect(labelOf("end")).toBe("end/")
  expect(labelOf('a "b" [c]')).toBe("a #34;b#34; [c]/")
  expect(labelOf("`code`")).toBe("#96;code#96;/")
  expect(labelOf("**bold** _it_")).toBe("#42;#42;bold#42;#42; #95;it#95;/")
  expect(labelOf("1. list")).toBe("1#46; list/")
  expect(labelOf("- item")).toBe("#45; item/")
  expect(labelOf("<b>&#35;")).toBe("#60;b#62;#38;#35;35#59;/")
  expect(labelOf("new\nline")).toBe("new line/")
  expect(labelOf("日本語/🦆")).toBe("日本語/🦆/")
  const long = labelOf(`${"deep/".repeat(50)}🦆`) ?? ""
  expect([...long].length).toBe(60)
  expect(long.endsWith("deep/🦆/")).toBe(true)
})
