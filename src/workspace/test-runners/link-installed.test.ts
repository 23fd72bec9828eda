import { mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { treeWith } from "../tree.testing.ts"
import { scratchCopy } from "./scratch.ts"

/** A workspace of two members with what `npm install` would make of it. */
function workspaceTree() {
  const root = realpathSync(
    treeWith({
      "package.json": '{ "workspaces": ["packages/*"] }',
      ".gitignore": "node_modules\n",
      "packages/api/package.json": '{ "name": "@shop/api" }',
      "packages/api/index.js": "exports.price = 1\n",
      "packages/web/package.json": '{ "name": "web" }',
      "node_modules/pad/index.js": "module.exports = 1\n",
      "node_modules/@types/pad/index.d.ts": "declare const pad: 1\n",
    }),
  )
  mkdirSync(join(root, "node_modules/@shop"))
  symlinkSync("../../packages/api", join(root, "node_modules/@shop/api"))
  symlinkSync("../packages/web", join(root, "node_modules/web"))
  return root
}

test("installed packages are linked; members of the workspace lead to their copies, not to the project", async () => {
  const root = workspaceTree()
  await using copy = await scratchCopy(root, new AbortController().signal)
  writeFileSync(join(copy.root, "packages/api/index.js"), "exports.cost = 1\n")
  const read = (path: string) => readFileSync(join(copy.root, path), "utf8")
  expect(read("node_modules/@shop/api/index.js")).toBe("exports.cost = 1\n")
  expect(read("node_modules/web/package.json")).toContain('"web"')
  expect(read("node_modules/pad/index.js")).toBe("module.exports = 1\n")
  expect(read("node_modules/@types/pad/index.d.ts")).toContain("pad")
  expect(copy.linked).toEqual([join(root, "node_modules")])
  expect(readFileSync(join(root, "packages/api/index.js"), "utf8")).toBe("exports.price = 1\n")
})

test("a project of one piece has its packages linked as a whole", async () => {
  const root = realpathSync(treeWith({ "a.js": "", ".gitignore": "node_modules\n", "node_modules/pad/index.js": "" }))
  await using copy = await scratchCopy(root, new AbortController().signal)
  expect(realpathSync(join(copy.root, "node_modules"))).toBe(join(root, "node_modules"))
})
