import { expect, test } from "vitest"
import { type Finding, findingOf } from "../../code/finding.ts"
import { treeWith } from "../../workspace/tree.testing.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { bareTools } from "../pipeline/pipeline.testing.ts"
import type { Change } from "./proposal.ts"
import { rulesKept } from "./rules-kept.ts"

async function* noVar({ path, text }: { readonly path: string; readonly text: string }): AsyncIterable<Finding> {
  for (const [i, line] of text.split("\n").entries()) {
    if (!line.startsWith("var ")) continue
    yield findingOf({ rule: "no-var", severity: "error", message: "var", path, evidence: line, startLine: i + 1 })
  }
}

test("a change is held against rules for what it brings, not for what was there", async () => {
  const root = treeWith({ "a.js": "var old = 1\n", "b.js": "var moved = 1\n", "c.js": "var gone = 1\n" })
  const workspace = await openWorkspace({ root, audit: () => {} })
  const { tools } = bareTools([], { workspace })
  const changes: Change[] = [
    { kind: "change", path: "a.js", beforeHash: "", after: "let x\nvar old = 1\nvar fresh = 2\n" },
    { kind: "move", path: "b.js", beforeHash: "", to: "d.js", after: null },
    { kind: "delete", path: "c.js", beforeHash: "" },
    { kind: "create", path: "e.js", after: "var made = 1\n" },
  ]
  const found = []
  for await (const { path, startLine, evidence } of rulesKept(changes, { ...tools, rulesCritic: noVar }))
    found.push([path, startLine, evidence])
  expect(found).toEqual([
    ["a.js", 3, "var fresh = 2"],
    ["e.js", 1, "var made = 1"],
  ])
})
