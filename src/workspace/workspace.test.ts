import { symlinkSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { treeWith } from "./tree.testing.ts"
import { type AccessEvent, openWorkspace } from "./workspace.ts"

async function opened(files: Record<string, string>, allowed: Record<string, string> = {}) {
  const root = treeWith(files)
  const other = treeWith(allowed)
  const events: AccessEvent[] = []
  const workspace = await openWorkspace({ root, allow: [other], audit: (event) => events.push(event) })
  return { root, other, events, workspace }
}

test("a workspace reads, writes, lists, looks and walks within its root and its allowed folders", async () => {
  const { workspace, other, root } = await opened({ "src/a.ts": "one\ntwo\nthree\n" }, { "doc.md": "# doc" })
  expect((await workspace.read("src/a.ts")).text).toBe("one\ntwo\nthree\n")
  expect((await workspace.read(join(other, "doc.md"))).text).toBe("# doc")
  expect(await workspace.readRange("src/a.ts", { startLine: 2, endLine: 2 })).toMatchObject({
    text: "two\n",
    startLine: 2,
    endLine: 2,
  })
  await workspace.write("src/b.ts", "new")
  await workspace.writeBytes(join(other, "x.bin"), new Uint8Array([0, 1]))
  expect(await workspace.list("src")).toEqual([
    { name: "a.ts", kind: "file" },
    { name: "b.ts", kind: "file" },
  ])
  expect(await workspace.list(".")).toEqual([{ name: "src", kind: "folder" }])
  expect([
    await workspace.exists("src/b.ts"),
    await workspace.exists("src/c.ts"),
    await workspace.exists("src/a.ts/x"),
  ]).toEqual([true, false, false])
  expect(await workspace.stat("src")).toMatchObject({ path: "src", kind: "folder" })
  expect((await workspace.resolve("src/../src/a.ts".replace("src/../", ""))).absolute).toBe(join(root, "src/a.ts"))
  const walked: string[] = []
  for await (const file of workspace.walk()) walked.push(file.path)
  expect(walked.sort()).toEqual(["src/a.ts", "src/b.ts"])
  expect(workspace.root).toBe(root)
})

test("what is done, refused and fails is told to the audit, once each", async () => {
  const { workspace, events, root } = await opened({ "a.txt": "x", "b.bin": "\0" })
  symlinkSync("/etc", join(root, "out"))
  await workspace.read("a.txt")
  for (const path of ["../x", "gone.txt", "b.bin", "out/passwd"]) await expect(workspace.read(path)).rejects.toThrow()
  await expect(workspace.list("a.txt")).rejects.toMatchObject({ reason: "not-a-folder" })
  await expect(workspace.exists("out/passwd")).rejects.toMatchObject({ reason: "outside" })
  expect(
    events.map(({ operation, path, outcome, reason, code }) => [operation, path, outcome, reason ?? code]),
  ).toEqual([
    ["read", '"a.txt"', "done", undefined],
    ["read", '"../x"', "refused", "parent-segment"],
    ["read", '"gone.txt"', "failed", "FILE_NOT_FOUND"],
    ["read", '"b.bin"', "done", undefined],
    ["read", '"b.bin"', "failed", "BINARY_FILE"],
    ["read", '"out/passwd"', "refused", "outside"],
    ["list", '"a.txt"', "refused", "not-a-folder"],
    ["stat", '"out/passwd"', "refused", "outside"],
  ])
})

test("a root that is not there, or is a file, is a clear error", async () => {
  const root = treeWith({ "a.txt": "" })
  await expect(openWorkspace({ root: join(root, "gone"), audit: () => {} })).rejects.toMatchObject({
    code: "FILE_NOT_FOUND",
  })
  await expect(openWorkspace({ root: join(root, "a.txt"), audit: () => {} })).rejects.toMatchObject({
    code: "PATH_REFUSED",
  })
})
