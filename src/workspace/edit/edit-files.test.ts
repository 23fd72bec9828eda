import { chmodSync, existsSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { boundsOf } from "../contain.ts"
import { readText } from "../read.ts"
import { fill, treeWith } from "../tree.testing.ts"
import { applyPatch, replaceInFile } from "./edit-files.ts"

test("an edit keeps encoding, byte-order mark, line ends and mode, and gives the difference", async () => {
  const root = treeWith({ "a.txt": "\ufeffone\r\ntwo\r\n", "b.txt": Buffer.from("caf\xe9\nna\xefve", "latin1") })
  chmodSync(join(root, "a.txt"), 0o750)
  const { hash } = await readText(root, "a.txt")
  const edited = await replaceInFile(root, "a.txt", "two\n", "2\nthree\n", { expectHash: hash })
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("\ufeffone\r\n2\r\nthree\r\n")
  expect(statSync(join(root, "a.txt")).mode & 0o777).toBe(0o750)
  expect(edited).toMatchObject({ recovered: ["line-ends"], lines: [2], hash: (await readText(root, "a.txt")).hash })
  expect(edited.diff).toBe("--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,3 @@\n one\r\n-two\r\n+2\r\n+three\r\n")
  await replaceInFile(root, "b.txt", "café", "thé")
  expect(readFileSync(join(root, "b.txt"), "latin1")).toBe("th\xe9\nna\xefve")
})

test("a file that changed since it was read, a binary one and one outside are refused and stay", async () => {
  const root = treeWith({ "a.txt": "one\n", "b.bin": Buffer.from([0, 1, 2, 97]) })
  const { hash } = await readText(root, "a.txt")
  fill(root, { "a.txt": "one more\n" })
  await expect(replaceInFile(root, "a.txt", "one", "two", { expectHash: hash })).rejects.toMatchObject({
    code: "FILE_CHANGED",
  })
  await expect(replaceInFile(root, "b.bin", "a", "b")).rejects.toMatchObject({ code: "BINARY_FILE" })
  await expect(replaceInFile(root, "../x", "a", "b")).rejects.toMatchObject({ code: "PATH_REFUSED" })
  await expect(replaceInFile(root, "none", "a", "b")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("one more\n")
})

const patch = `*** Begin Patch
*** Update File: a.txt
@@
-one
+1
*** Add File: new/b.txt
+hello
*** Delete File: gone.txt
*** Update File: run.sh
*** Move to: bin/run.sh
@@
-echo old
+echo new
*** End Patch`

const tree = () => {
  const root = treeWith({ "a.txt": "one\ntwo\n", "gone.txt": "x\n", "run.sh": "echo old\n" })
  chmodSync(join(root, "run.sh"), 0o755)
  return root
}

test("a patch updates, makes, removes and moves files", async () => {
  const root = tree()
  const done = await applyPatch(root, patch)
  expect(done.map((file) => file.change)).toEqual(["updated", "added", "deleted", "moved"])
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("1\ntwo\n")
  expect(readFileSync(join(root, "new/b.txt"), "utf8")).toBe("hello\n")
  expect(existsSync(join(root, "gone.txt")) || existsSync(join(root, "run.sh"))).toBe(false)
  expect(readFileSync(join(root, "bin/run.sh"), "utf8")).toBe("echo new\n")
  expect(statSync(join(root, "bin/run.sh")).mode & 0o777).toBe(0o755)
  expect(done[0]?.hash).toBe((await readText(root, "a.txt")).hash)
})

test("when one file does not fit, none is changed", async () => {
  const root = tree()
  fill(root, { "run.sh": "something else\n" })
  await expect(applyPatch(root, patch)).rejects.toMatchObject({
    code: "EDIT_NOT_FOUND",
    message: expect.stringContaining("No file was changed"),
  })
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("one\ntwo\n")
  expect(existsSync(join(root, "gone.txt"))).toBe(true)
  expect(existsSync(join(root, "new"))).toBe(false)
})

test("when a write fails in the middle, what was written before it is put back", async () => {
  const root = tree()
  fill(root, { "locked.txt": "old\n" })
  // That a file has no write bit is only met when it is written.
  chmodSync(join(root, "locked.txt"), 0o444)
  const last = "*** Update File: locked.txt\n@@\n-old\n+new\n*** End Patch"
  await expect(applyPatch(root, patch.replace("*** End Patch", last))).rejects.toMatchObject({ code: "ACCESS_DENIED" })
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("one\ntwo\n")
  expect(readFileSync(join(root, "gone.txt"), "utf8")).toBe("x\n")
  expect(statSync(join(root, "run.sh")).mode & 0o777).toBe(0o755)
  expect(readdirSync(root).sort()).toEqual(["a.txt", "gone.txt", "locked.txt", "run.sh"])
})

test("a file that is there already is not written over by one that is to be made or moved there", async () => {
  const root = tree()
  fill(root, { "bin/run.sh": "mine\n" })
  await expect(applyPatch(root, patch)).rejects.toMatchObject({ code: "FILE_CHANGED" })
  expect(readFileSync(join(root, "bin/run.sh"), "utf8")).toBe("mine\n")
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("one\ntwo\n")
})

test("a patch with a file that changed since it was read, or that leads out or into git's own, does nothing", async () => {
  const root = tree()
  const { hash } = await readText(root, "a.txt")
  fill(root, { "a.txt": "one\ntwo\nthree\n" })
  await expect(applyPatch(root, patch, { expectHashes: { "a.txt": hash } })).rejects.toMatchObject({
    code: "FILE_CHANGED",
  })
  for (const path of ["../out.txt", "/etc/x", ".git/hooks/pre-commit"]) {
    const evil = `*** Begin Patch\n*** Add File: ok.txt\n+x\n*** Add File: ${path}\n+x\n*** End Patch`
    await expect(applyPatch(root, evil)).rejects.toMatchObject({ code: "PATH_REFUSED" })
    expect(existsSync(join(root, "ok.txt"))).toBe(false)
  }
})

test("a link is not removed in place of what it leads to, and binary files can be removed", async () => {
  const root = treeWith({ "real.txt": "x\n", "b.bin": Buffer.from([0, 1, 2]) })
  symlinkSync("real.txt", join(root, "link.txt"))
  const bounds = await boundsOf({ root })
  const remove = (path: string) => applyPatch(bounds, `*** Begin Patch\n*** Delete File: ${path}\n*** End Patch`)
  await expect(remove("link.txt")).rejects.toMatchObject({ code: "PATH_REFUSED" })
  expect(existsSync(join(root, "real.txt"))).toBe(true)
  await remove("b.bin")
  expect(existsSync(join(root, "b.bin"))).toBe(false)
})
