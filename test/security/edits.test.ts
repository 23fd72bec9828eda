import { execFileSync } from "node:child_process"
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs"
import { join } from "node:path"
import { expect, test } from "vitest"
import { type AccessEvent, boundsOf } from "../../src/workspace/contain.ts"
import { applyPatch, replaceInFile } from "../../src/workspace/edit/edit-files.ts"
import { treeWith } from "../../src/workspace/tree.testing.ts"

async function scene() {
  const around = treeWith({ "secret.txt": "secret\n", "data/token": "token\n", "project/src/a.txt": "inside\n" })
  const root = join(around, "project")
  mkdirSync(join(root, ".git/hooks"), { recursive: true })
  symlinkSync("../secret.txt", join(root, "link-file"))
  symlinkSync("..", join(root, "link-out"))
  symlinkSync(".git", join(root, "innocent"))
  symlinkSync("/dev/zero", join(root, "link-device"))
  symlinkSync("nothing", join(root, "link-gone"))
  execFileSync("mkfifo", [join(root, "pipe")])
  const events: AccessEvent[] = []
  return { around, root, events, bounds: await boundsOf({ root, audit: (event) => events.push(event) }) }
}

const escapes = [
  "../secret.txt",
  "link-file",
  "link-out/secret.txt",
  "link-out/data/token",
  "src/../../secret.txt",
  "/etc/passwd",
  "/proc/self/environ",
  "~/.ssh/authorized_keys",
  "link-device",
  "pipe",
  "src",
]

const writes = [
  ...escapes,
  ".git/hooks/pre-commit",
  ".GIT/config",
  "innocent/hooks/x",
  "link-out/new.txt",
  "link-gone",
  "a\0b",
]

const begin = (body: string) => `*** Begin Patch\n${body}\n*** End Patch`
const refusal = expect.stringMatching(/^(PATH_REFUSED|FILE_NOT_FOUND|PATCH_INVALID)$/)

test("no edit, and no part of a patch, reaches what is outside, git's own files or a device", async () => {
  const { bounds, around, root, events } = await scene()
  for (const path of escapes)
    await expect([path, await replaceInFile(bounds, path, "e", "E").catch((error) => error.code)]).toEqual([
      path,
      refusal,
    ])
  for (const path of writes) {
    const patches = [
      begin(`*** Add File: ${path}\n+x`),
      begin(`*** Delete File: ${path}`),
      begin(`*** Update File: src/a.txt\n*** Move to: ${path}\n@@\n-inside\n+outside`),
      `--- /dev/null\n+++ b/${path}\n@@ -0,0 +1 @@\n+x\n`,
      `--- a/${path}\n+++ b/${path}\n@@ -1 +1 @@\n-secret\n+x\n`,
    ]
    for (const patch of patches) {
      const code = await applyPatch(bounds, patch).then(
        () => "done",
        (error) => error.code,
      )
      expect([patch, code]).toEqual([patch, refusal])
    }
  }
  expect(readFileSync(join(around, "secret.txt"), "utf8")).toBe("secret\n")
  expect(readFileSync(join(around, "data/token"), "utf8")).toBe("token\n")
  expect(readFileSync(join(root, "src/a.txt"), "utf8")).toBe("inside\n")
  expect(readdirSync(join(root, ".git/hooks"))).toEqual([])
  expect(readdirSync(around).sort()).toEqual(["data", "project", "secret.txt"])
  expect(events.filter((event) => event.outcome === "refused").length).toBeGreaterThan(writes.length)
})

test("an edit of a hard link to a file outside leaves that file as it was", async () => {
  const { bounds, around, root } = await scene()
  linkSync(join(around, "secret.txt"), join(root, "twin.txt"))
  await replaceInFile(bounds, "twin.txt", "secret", "mine")
  expect(readFileSync(join(root, "twin.txt"), "utf8")).toBe("mine\n")
  expect(readFileSync(join(around, "secret.txt"), "utf8")).toBe("secret\n")
})

test("a patch of which one file is refused leaves no trace of the others", async () => {
  const { bounds, root } = await scene()
  const patch = begin(
    "*** Add File: ok/new.txt\n+x\n*** Update File: src/a.txt\n@@\n-inside\n+x\n*** Add File: link-out/evil\n+x",
  )
  await expect(applyPatch(bounds, patch)).rejects.toMatchObject({ code: "PATH_REFUSED" })
  expect(existsSync(join(root, "ok"))).toBe(false)
  expect(readFileSync(join(root, "src/a.txt"), "utf8")).toBe("inside\n")
})
