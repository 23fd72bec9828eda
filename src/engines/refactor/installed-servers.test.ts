import { spawnSync } from "node:child_process"
import { expect, onTestFinished, test } from "vitest"
import { manualClock } from "../../base/clock.ts"
import { openLanguageServers } from "../../code/language-servers/open-language-servers.ts"
import { projectWith } from "../../code/refactorings/refactorings.testing.ts"
import { silentLogger } from "../../observe/log.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { renameServed } from "./served.ts"

// Servers that this machine may have: where one is missing its test is skipped.

const timeout = 60_000
const isThere = (program: string, word = "--version") => spawnSync(program, [word]).status === 0

async function servedProject(files: Readonly<Record<string, string>>, language: string, command: readonly string[]) {
  const project = await projectWith(files)
  const servers = openLanguageServers({
    ...{ dataFolder: treeWith(), home: treeWith(), env: process.env, clock: manualClock(), logger: silentLogger },
    set: () => ({ [language]: command }),
  })
  onTestFinished(() => servers.close())
  return { ...project, tools: () => ({ ...project.tools(), servers }) }
}

const shop = {
  "go.mod": "module example.com/shop\n\ngo 1.19\n",
  "bag/bag.go":
    "package bag\n\ntype Bag struct{ Items []int }\n\n// Total adds up.\nfunc (b *Bag) Total() int {\n\tsum := 0\n\tfor _, one := range b.Items {\n\t\tsum += one\n\t}\n\treturn sum\n}\n",
  "till.go":
    'package main\n\nimport "example.com/shop/bag"\n\ntype other struct{}\n\nfunc (other) Total() string { return "Total" }\n\nfunc main() {\n\tprintln((&bag.Bag{}).Total(), other{}.Total())\n}\n',
}

test.skipIf(!isThere("gopls", "version") || !isThere("go", "version"))(
  "gopls renames a method in other packages, leaves others of the name, and renames a local (skipped without gopls)",
  { timeout },
  async () => {
    const { tools, after } = await servedProject(shop, "go", ["gopls"])
    const made = await renameServed("bag/bag.go:6:15", "Sum", {}, tools())
    expect(made.by).toMatch(/^gopls/)
    expect(made.unsure).toEqual([])
    const now = await after(made)
    expect(now["bag/bag.go"]).toContain("func (b *Bag) Sum() int")
    expect(now["till.go"]).toBe(shop["till.go"].replace("{}).Total()", "{}).Sum()"))
    const local = await after(await renameServed("bag/bag.go:7:2", "all", {}, tools()))
    expect(local["bag/bag.go"]).toContain("\treturn all\n")
  },
)

test.skipIf(!isThere("clangd"))(
  "clangd renames a field in files that it had not opened (skipped without clangd)",
  { timeout },
  async () => {
    const files = {
      "conn.h": "struct conn {\n  char *out;\n};\nint drop(struct conn *c);\n",
      "conn.c": '#include "conn.h"\nint drop(struct conn *c) { c->out = 0; return 0; }\n',
      "main.c":
        '#include "conn.h"\nstruct other { int out; };\nint main(void) { struct conn c = { 0 }; struct other o = { 1 }; c.out = 0; return o.out + drop(&c); }\n',
    }
    const { tools, after } = await servedProject(files, "c", ["clangd"])
    const made = await renameServed("conn.h:2:9", "waiting", {}, tools())
    const now = await after(made)
    expect(now["conn.c"]).toContain("c->waiting = 0")
    expect(now["main.c"]).toContain("c.waiting = 0; return o.out")
    const dropped = await after(await renameServed("drop", "clear", {}, tools()))
    expect(Object.values(dropped).join("\n")).not.toContain("drop")
  },
)

test.skipIf(!isThere("pylsp"))(
  "pylsp renames a method in other modules (skipped without pylsp)",
  { timeout },
  async () => {
    const files = {
      "bag.py": "class Bag:\n    def total(self):\n        return 0\n",
      "till.py": "from bag import Bag\n\nprint(Bag().total())\n",
    }
    const { tools, after } = await servedProject(files, "python", ["pylsp"])
    const made = await renameServed("bag.py:2:9", "sum_up", {}, tools())
    expect(made.by).toMatch(/^pylsp/)
    expect((await after(made))["till.py"]).toContain("Bag().sum_up()")
  },
)
