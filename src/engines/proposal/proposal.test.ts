import { existsSync, readFileSync } from "node:fs"
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { systemClock } from "../../base/clock.ts"
import { openFabric } from "../../fabric/embedded/fabric.ts"
import { fill, treeWith } from "../../workspace/tree.testing.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { hunksIn } from "./hunks.ts"
import { openProposals } from "./proposals.ts"
import { propose } from "./propose.ts"
import { changesOf, type WrittenEdits } from "./written-edits.ts"

const about = { engine: "refactor", title: "t", explanation: "e", madeBy: "model" } as const
const none = { content: null, edits: null, to: null }
const long = Array.from({ length: 40 }, (_, i) => `line ${i + 1}`).join("\n")

async function project(files: Record<string, string>) {
  const root = treeWith(files)
  const workspace = await openWorkspace({ root, audit: () => {} })
  const folder = await mkdtemp(join(tmpdir(), "duck-proposals-"))
  const fabric = await openFabric({ folder })
  onTestFinished(async () => {
    await fabric.close()
    await rm(folder, { recursive: true })
  })
  const open = () => openProposals({ projectId: "p1", fabric, clock: systemClock })
  const write = async (edits: WrittenEdits["files"]) =>
    propose(workspace, await changesOf(workspace, { title: "t", explanation: "e", files: edits }), about)
  const text = (path: string) => readFileSync(join(root, path), "utf8")
  return { root, workspace, open, write, text }
}

test("what a model writes becomes a proposal, and applied it is in the files to the byte", async () => {
  const { root, workspace, open, write, text } = await project({
    "a.ts": "one\r\ntwo\r\n",
    "b.ts": "b\n",
    "c.ts": "gone\n",
    "d e.ts": "d\n",
  })
  const proposal = await write([
    { ...none, path: "a.ts", action: "edit", edits: [{ find: "two", replace: "2" }] },
    { ...none, path: "b.ts", action: "move", to: "lib/b.ts", edits: [{ find: "b", replace: "B" }] },
    { ...none, path: "c.ts", action: "delete" },
    { ...none, path: "d e.ts", action: "move", to: "e.ts" },
    { ...none, path: "new/f.ts", action: "create", content: "--- not a header\n+++ nor this" },
    { ...none, path: "empty.ts", action: "create", content: "" },
  ])
  expect(proposal.files.map(({ kind, addedLines, removedLines }) => [kind, addedLines, removedLines])).toEqual([
    ["change", 1, 1],
    ["move", 1, 1],
    ["delete", 0, 1],
    ["move", 0, 0],
    ["create", 2, 0],
    ["create", 0, 0],
  ])
  expect(text("a.ts")).toBe("one\r\ntwo\r\n")

  const proposals = open()
  await proposals.keep(proposal, "ada")
  const { paths } = await proposals.apply("last", { workspace, actor: "ada" })
  expect(paths).toEqual(["a.ts", "b.ts", "lib/b.ts", "c.ts", "d e.ts", "e.ts", "new/f.ts", "empty.ts"])
  expect(text("a.ts")).toBe("one\r\n2\r\n")
  expect([text("lib/b.ts"), text("e.ts"), text("empty.ts")]).toEqual(["B\n", "d\n", ""])
  expect(text("new/f.ts")).toBe("--- not a header\n+++ nor this\n")
  expect(["b.ts", "c.ts", "d e.ts"].filter((path) => existsSync(join(root, path)))).toEqual([])
  expect(open().list()).toMatchObject([{ id: proposal.id, state: "applied", by: "ada" }])
  await expect(open().apply("last", { workspace, actor: "ada" })).rejects.toMatchObject({ code: "PROPOSAL_CLOSED" })
})

test("hunks can be taken one by one", async () => {
  const { workspace, open, write, text } = await project({ "a.txt": `${long}\n`, "b.txt": "b\n" })
  const proposal = await write([
    {
      ...none,
      path: "a.txt",
      action: "edit",
      edits: [
        { find: "line 3\n", replace: "line three\n" },
        { find: "line 30\n", replace: "" },
      ],
    },
    { ...none, path: "b.txt", action: "edit", edits: [{ find: "b", replace: "c" }] },
  ])
  expect(hunksIn(proposal.diff).map(({ number, path }) => [number, path])).toEqual([
    [1, "a.txt"],
    [2, "a.txt"],
    [3, "b.txt"],
  ])
  const proposals = open()
  await proposals.keep(proposal, "ada")
  await expect(proposals.apply("last", { workspace, actor: "ada", hunks: [4] })).rejects.toMatchObject({
    code: "NO_HUNK",
  })
  await proposals.apply("last", { workspace, actor: "ada", hunks: [2] })
  expect(text("a.txt")).toBe(`${long.replace("line 30\n", "")}\n`)
  expect(text("b.txt")).toBe("b\n")
  expect(proposals.list().at(-1)?.state).toBe("partly applied")
})

test("nothing is applied where one of the files is no longer what it was", async () => {
  const { root, workspace, open, write, text } = await project({ "a.txt": "a\n", "b.txt": "b\n" })
  const proposal = await write([
    { ...none, path: "a.txt", action: "edit", edits: [{ find: "a", replace: "A" }] },
    { ...none, path: "b.txt", action: "edit", edits: [{ find: "b", replace: "B" }] },
  ])
  const proposals = open()
  await proposals.keep(proposal, "ada")
  const preview = () => proposals.preview("last", { workspace })
  expect(await preview()).toEqual({ paths: ["a.txt", "b.txt"], changed: [] })
  fill(root, { "b.txt": "b and more\n" })
  expect((await preview()).changed).toEqual(["b.txt"])
  await expect(proposals.apply("last", { workspace, actor: "ada" })).rejects.toMatchObject({ code: "FILE_CHANGED" })
  expect([text("a.txt"), text("b.txt")]).toEqual(["a\n", "b and more\n"])
  expect(proposals.list().at(-1)?.state).toBe("open")
  await proposals.discard("last", "ada")
  expect(proposals.list().at(-1)?.state).toBe("discarded")
})

test("edits that don't fit are refused all together, each with what is wrong, in words for the model", async () => {
  const { write } = await project({ "a.txt": "same\nsame\nother\n" })
  await expect(
    write([
      { ...none, path: "a.txt", action: "edit", edits: [{ find: "same", replace: "x" }] },
      { ...none, path: "none.txt", action: "edit", edits: [] },
      { ...none, path: "a.txt", action: "create", content: "x" },
      { ...none, path: "../out.txt", action: "create", content: "x" },
      { ...none, path: "made.txt", action: "create" },
    ]),
  ).rejects.toThrow(
    /a\.txt: .*2 times[\s\S]*none\.txt: There is no such file[\s\S]*named twice[\s\S]*exists already[\s\S]*\.\.\/out\.txt[\s\S]*made\.txt: "create" needs "content"/,
  )
  await expect(write([{ ...none, path: "a.txt", action: "edit", edits: [] }])).rejects.toThrow("change nothing")
})

test("a proposal is found by the end of its id, and one that is not there is said", async () => {
  const { open, write } = await project({ "a.txt": "a\n" })
  const proposals = open()
  await expect(proposals.read("last")).rejects.toMatchObject({ code: "NO_PROPOSAL" })
  const one = await write([{ ...none, path: "x.txt", action: "create", content: "x" }])
  await proposals.keep(one, "ada")
  expect((await proposals.read(one.id.slice(-6).toLowerCase())).id).toBe(one.id)
  await expect(proposals.read("zzzzzz")).rejects.toMatchObject({ code: "NO_PROPOSAL" })
})
