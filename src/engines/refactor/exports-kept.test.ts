import { expect, test } from "vitest"
import { indexOf } from "../../code/project.testing.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { exportsKept } from "./exports-kept.ts"

/** What is lost when `a.js` becomes `after`. */
async function lost(before: string, after: string, user: string): Promise<string[]> {
  const root = treeWith({ "a.js": before, "b.js": user })
  const [index, workspace] = [await indexOf(root), await openWorkspace({ root, audit: () => {} })]
  const { hash: beforeHash } = await workspace.read("a.js")
  const found: string[] = []
  for await (const { message } of exportsKept([{ kind: "change", path: "a.js", beforeHash, after }], {
    workspace,
    index,
  }))
    found.push(message)
  return found
}

test("a name that CommonJS no longer exports is missed where it is still required", async () => {
  const gone = ["a.js no longer has trim, which is still taken from it here."]
  const users = ['var trim = require("./a").trim\n', 'const { trim } = require("./a")\n']
  for (const user of users) {
    expect(await lost("exports.trim = 1\n", "exports.cut = 1\n", user)).toEqual(gone)
    expect(await lost("module.exports = { trim, b: 1 }\n", "module.exports = { b: 1 }\n", user)).toEqual(gone)
    expect(await lost("exports.trim = 1\n", "exports = module.exports = { trim: 1 }\n", user)).toEqual([])
  }
})
