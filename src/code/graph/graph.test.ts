import { expect, test } from "vitest"
import { withIndex } from "../index/index.testing.ts"

const project = {
  "package.json": '{ "name": "demo", "workspaces": ["packages/*"] }',
  "tsconfig.json":
    '{\n  // people write comments here\n  "compilerOptions": { "baseUrl": ".", "paths": { "@app/*": ["src/*"], } }\n}',
  "packages/tool/package.json": '{ "name": "@demo/tool", "main": "dist/index.js" }',
  "packages/tool/src/index.ts": 'export * from "./hammer.ts"\n',
  "packages/tool/src/hammer.ts": "export function swing() {\n  return 1\n}\n",
  "src/retry.ts":
    "export function backoff(n: number) {\n  return 2 ** n\n}\nexport function retry() {\n  return backoff(1)\n}\nexport class Retrier {\n  run() {\n    return retry()\n  }\n}\n",
  "src/http.ts":
    'import { retry as again } from "./retry.js"\nimport { swing } from "@demo/tool"\nexport function fetchAll() {\n  swing()\n  return again()\n}\n',
  "src/app.ts": 'import * as http from "@app/http"\n\nhttp.fetchAll()\nconsole.log("ready")\n',
  "src/other.ts": "export function run() {\n  return 5\n}\nexport function lonely() {\n  return run()\n}\n",
  "test/retry.test.ts": 'import { retry } from "../src/retry.ts"\ntest("retries", () => retry())\n',
}
const names = (items: readonly { readonly from: { readonly name: string } | null; readonly path: string }[]) =>
  items.map(({ from, path }) => `${path}#${from?.name ?? ""}`)

test("imports lead to files: relative, by extension, by alias and by package", async () => {
  await withIndex(project, async ({ index }) => {
    const to = async (path: string) =>
      Object.fromEntries((await index.importsOf(path)).items.map((i) => [i.module, i.to]))
    expect(await to("src/http.ts")).toEqual({
      "./retry.js": ["src/retry.ts"],
      "@demo/tool": ["packages/tool/src/index.ts"],
    })
    expect(await to("src/app.ts")).toEqual({ "@app/http": ["src/http.ts"] })
    const importers = async (path: string) => (await index.importersOf(path)).items.map((edge) => edge.path)
    expect(await importers("src/retry.ts")).toEqual(["src/http.ts", "test/retry.test.ts"])
    expect(await importers("packages/tool/src/index.ts")).toEqual(["src/http.ts"])
    expect(await importers("src/http.ts")).toEqual(["src/app.ts"])
  })
})

test("links of a page lead to files: beside it, from the root, to a folder's first page", async () => {
  const files = {
    "README.md": "[a](docs/page.md) [b](src/main.py#L3) [c](docs/) [d](https://example.com/docs/page.md)\n",
    "docs/page.md": "[a](other.md) [b](/README.md) [c](/guide/start) [d](../src/main.py) [e](gone.md) [f](../../x)\n",
    "docs/other.md": "",
    "docs/README.md": "[up](..)\n",
    "docs/guide/start.md": "",
    "src/main.py": "",
  }
  await withIndex(files, async ({ index }) => {
    const links = async (path: string) => (await index.importsOf(path)).items.map(({ module, to }) => [module, ...to])
    expect(await links("README.md")).toEqual([
      ["docs/page.md", "docs/page.md"],
      ["src/main.py", "src/main.py"],
      ["docs/", "docs/README.md"],
    ])
    expect(await links("docs/page.md")).toEqual([
      ["other.md", "docs/other.md"],
      ["/README.md", "README.md"],
      ["/guide/start", "docs/guide/start.md"],
      ["../src/main.py", "src/main.py"],
      ["gone.md"],
      ["../../x"],
    ])
    expect(await links("docs/README.md")).toEqual([["..", "README.md"]])
    expect((await index.importersOf("docs/page.md")).items.map(({ path }) => path)).toEqual(["README.md"])
    expect((await index.importersOf("README.md")).items.map(({ path }) => path)).toContain("docs/page.md")
  })
})

test("the dots of a Lua require are folders", async () => {
  const files = {
    "lua/app/store.lua": "local M = {}\nfunction M.open_it()\n  return 1\nend\nreturn M\n",
    "lua/app/net/init.lua": 'local s = require("app.store")\nreturn { go = function() return s.open_it() end }\n',
    "plugin/run.lua": 'local net = require "app.net"\nlocal own = require("helper")\nreturn net\n',
    "plugin/helper.lua": "return {}\n",
  }
  await withIndex(files, async ({ index }) => {
    const to = async (path: string) => (await index.importsOf(path)).items.map((edge) => edge.to)
    expect(await to("plugin/run.lua")).toEqual([["lua/app/net/init.lua"], ["plugin/helper.lua"]])
    expect(await to("lua/app/net/init.lua")).toEqual([["lua/app/store.lua"]])
    const { items } = await index.importersOf("lua/app/net/init.lua")
    expect(items.map(({ path }) => path)).toEqual(["plugin/run.lua"])
    expect(names((await index.callers("open_it")).items)).toEqual(["lua/app/net/init.lua#go"])
  })
})

test("a call is traced to its definition by scope, import, alias and re-export, with its reason", async () => {
  await withIndex(project, async ({ index }) => {
    const callers = await index.callers("retry")
    expect(names(callers.items)).toEqual(
      expect.arrayContaining(["src/http.ts#fetchAll", "src/retry.ts#run", "test/retry.test.ts#"]),
    )
    const renamed = callers.items.find(({ path }) => path === "src/http.ts")
    expect(renamed).toMatchObject({ line: 5, text: "return again()", reason: "imported from src/retry.ts as again" })
    expect(names((await index.callers("swing")).items)).toEqual(["src/http.ts#fetchAll"])
    expect(names((await index.callers("fetchAll")).items)).toEqual(["src/app.ts#"])
    expect((await index.callers("backoff")).items[0]?.confidence).toBeGreaterThan(0.9)
  })
})

test("names that are equal are told apart by what is imported", async () => {
  await withIndex(project, async ({ index }) => {
    expect((await index.definitions("run")).items.map(({ path }) => path).sort()).toEqual([
      "src/other.ts",
      "src/retry.ts",
    ])
    const callees = await index.callees("lonely")
    expect(callees.items).toMatchObject([{ name: "run", to: { path: "src/other.ts" } }])
    expect((await index.definitions("Retrier.run")).items).toMatchObject([
      { path: "src/retry.ts", within: ["Retrier"] },
    ])
    expect((await index.definitions("src/retry.ts:9")).items[0]?.name).toBe("retry")
    expect((await index.definitions("src/retry.ts:2")).items[0]?.name).toBe("backoff")
  })
})

test("what is not defined here is said not to be", async () => {
  await withIndex(project, async ({ index }) => {
    const { items } = await index.callees("src/app.ts")
    expect(items).toEqual([])
    const tool = await index.callees("fetchAll")
    expect(tool.items.map(({ name, to }) => [name, to?.path ?? null])).toEqual([
      ["swing", "packages/tool/src/hammer.ts"],
      ["again", "src/retry.ts"],
    ])
    expect((await index.definitions("noSuchThing")).items).toEqual([])
  })
})

test("impact goes from use to use, says by which edge, and names the tests", async () => {
  await withIndex(project, async ({ index }) => {
    const impact = await index.impact("backoff")
    expect(impact.targets.map(({ name }) => name)).toEqual(["backoff"])
    const found = impact.dependants.map(({ path, definition, depth, via }) => [
      depth,
      `${path}#${definition?.name ?? ""}`,
      via.on,
    ])
    expect(found[0]).toEqual([1, "src/retry.ts#retry", "backoff"])
    expect(found).toContainEqual([2, "src/http.ts#fetchAll", "retry"])
    expect(found).toContainEqual([3, "src/app.ts#", "fetchAll"])
    expect((await index.impact("backoff", { depth: 1 })).dependants).toHaveLength(1)
    const limited = await index.impact("backoff", { limit: 2 })
    expect(limited).toMatchObject({ isTruncated: true })
    expect(limited.dependants).toHaveLength(2)
    const file = await index.impact("src/retry.ts")
    expect(file.targetPaths).toEqual(["src/retry.ts"])
    expect(file.tests.map(({ path }) => path)).toEqual(["test/retry.test.ts"])
    expect(file.dependants.map(({ path }) => path)).toEqual(expect.arrayContaining(["src/http.ts", "src/app.ts"]))
  })
})

test("tests are found by use, by import and by name", async () => {
  const files = {
    ...project,
    "src/parser.py": "def parse(text):\n    return text\n",
    "tests/test_parser.py": "def test_nothing():\n    assert True\n",
    "src/clock.ts": "export const now = () => 1\n",
    "src/clock.test.ts": 'import "./clock.ts"\n',
  }
  await withIndex(files, async ({ index }) => {
    const paths = async (target: string) => (await index.testsOf(target)).items.map(({ path }) => path)
    expect(await paths("src/parser.py")).toEqual(["tests/test_parser.py"])
    expect(await paths("src/clock.ts")).toEqual(["src/clock.test.ts"])
    expect(await paths("retry")).toEqual(["test/retry.test.ts"])
    expect(await paths("src/other.ts")).toEqual([])
  })
})

test("files that others depend on rank above those that none does", async () => {
  const users = Object.fromEntries(
    Array.from({ length: 6 }, (_, n) => [
      `u${n}.ts`,
      `import { core } from "./core.ts"\nexport const u${n} = core() + ${n}\n`,
    ]),
  )
  await withIndex(
    { ...users, "core.ts": "export const core = () => 1\n", "aside.ts": "export const core2 = () => 1\n" },
    async ({ index }) => {
      const { hits } = await index.search({ text: "export const core", unit: "file" })
      expect(hits[0]?.path).toBe("core.ts")
      expect(hits[0]?.why.map(({ signal }) => signal)).toContain("rank")
    },
  )
})

test.each([
  [
    "python",
    {
      "pkg/__init__.py": "",
      "pkg/util.py": "def helper():\n    return 1\n",
      "pkg/sub/main.py":
        "from ..util import helper\nfrom pkg import util\n\ndef go():\n    return helper() + util.helper()\n",
    },
    "helper",
    "pkg/sub/main.py",
  ],
  [
    "go",
    {
      "go.mod": "module example.com/app\n",
      "store/store.go": "package store\n\nfunc Open() int { return 1 }\n",
      "main.go": 'package main\n\nimport "example.com/app/store"\n\nfunc main() { store.Open() }\n',
    },
    "Open",
    "main.go",
  ],
  [
    "rust",
    {
      "Cargo.toml": '[package]\nname = "app"\n',
      "src/main.rs": "mod store;\nuse crate::store::open;\nfn main() { open(); }\n",
      "src/store.rs": "pub fn open() -> i32 { 1 }\n",
    },
    "open",
    "src/main.rs",
  ],
  [
    "java",
    {
      "src/com/acme/Store.java":
        "package com.acme;\npublic class Store {\n  public static int open() { return 1; }\n}\n",
      "src/com/acme/app/Main.java":
        "package com.acme.app;\nimport com.acme.Store;\nclass Main {\n  void go() { Store.open(); }\n}\n",
    },
    "open",
    "src/com/acme/app/Main.java",
  ],
  [
    "c",
    {
      "include/store.h": "int store_open(void);\n",
      "src/store.c": '#include "store.h"\nint store_open(void) { return 1; }\n',
      "src/main.c": '#include "store.h"\nint main(void) { return store_open(); }\n',
    },
    "store_open",
    "src/main.c",
  ],
  [
    "ruby",
    {
      "lib/store.rb": "class Store\n  def open_it\n    1\n  end\nend\n",
      "bin/run.rb": 'require_relative "../lib/store"\n\ndef go\n  Store.new.open_it\nend\n',
    },
    "open_it",
    "bin/run.rb",
  ],
  [
    "php",
    {
      "src/Model/Store.php":
        "<?php\nnamespace App\\Model;\nclass Store {\n  public static function openIt() { return 1; }\n}\n",
      "src/run.php": "<?php\nuse App\\Model\\Store;\nfunction go() { return Store::openIt(); }\n",
    },
    "openIt",
    "src/run.php",
  ],
  [
    "elixir",
    {
      "lib/app/store.ex": "defmodule App.Store do\n  def open_it do\n    1\n  end\nend\n",
      "lib/app/main.ex": "defmodule App.Main do\n  alias App.Store\n\n  def go do\n    Store.open_it()\n  end\nend\n",
    },
    "open_it",
    "lib/app/main.ex",
  ],
])("calls are traced across files in %s", async (_language, files, name, caller) => {
  await withIndex(files, async ({ index }) => {
    const { items } = await index.callers(name)
    const use = items.find(({ path }) => path === caller)
    expect(use, JSON.stringify(items)).toBeDefined()
    expect(use?.confidence).toBeGreaterThanOrEqual(0.4)
  })
})
