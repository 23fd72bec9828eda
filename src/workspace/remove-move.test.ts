import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterEach, expect, test } from "vitest"
import type { AccessEvent } from "./contain.ts"
import { openWorkspace } from "./workspace.ts"

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function workspaceWith(files: Readonly<Record<string, string>>) {
  const top = mkdtempSync(join(tmpdir(), "duck-move-"))
  folders.push(top)
  const root = join(top, "project")
  for (const [path, text] of Object.entries({ ...files, "../outside/secret": "s" })) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  const events: AccessEvent[] = []
  const workspace = await openWorkspace({ root, audit: (event) => void events.push(event) })
  return { root, workspace, events, outside: join(top, "outside") }
}

test("files, folders and links are removed, and what a link leads to stays", async () => {
  const { root, workspace, outside } = await workspaceWith({ "a.ts": "a", "deep/b.ts": "b", "deep/er/c.ts": "c" })
  symlinkSync(outside, join(root, "link"))
  symlinkSync(outside, join(root, "deep/link"))
  expect(await workspace.remove("a.ts")).toEqual({ path: "a.ts", kind: "file" })
  expect(await workspace.remove("link")).toEqual({ path: "link", kind: "symlink" })
  expect(await workspace.remove("deep")).toEqual({ path: "deep", kind: "folder" })
  expect([existsSync(join(root, "a.ts")), existsSync(join(root, "deep"))]).toEqual([false, false])
  expect(readFileSync(join(outside, "secret"), "utf8")).toBe("s")
})

test("a file is moved into a folder that is made for it, and nothing is overwritten", async () => {
  const { root, workspace } = await workspaceWith({ "a.ts": "a", "b.ts": "b" })
  expect(await workspace.move("a.ts", "src/deep/a.ts")).toEqual({ from: "a.ts", to: "src/deep/a.ts" })
  expect(readFileSync(join(root, "src/deep/a.ts"), "utf8")).toBe("a")
  await expect(workspace.move("b.ts", "src/deep/a.ts")).rejects.toMatchObject({ code: "PATH_TAKEN" })
  expect(readFileSync(join(root, "b.ts"), "utf8")).toBe("b")
  await workspace.move("src", "lib")
  expect(readFileSync(join(root, "lib/deep/a.ts"), "utf8")).toBe("a")
})

test("nothing outside, nothing of git's and not the project itself is removed or moved", async () => {
  const { root, workspace, outside, events } = await workspaceWith({ "a.ts": "a", ".git/config": "g" })
  symlinkSync(outside, join(root, "out"))
  symlinkSync(join(root, ".git"), join(root, "hidden"))
  const refused = { code: "PATH_REFUSED" }
  for (const path of [
    "../outside/secret",
    "out/secret",
    join(outside, "secret"),
    ".",
    ".git/config",
    "hidden/config",
  ]) {
    await expect(workspace.remove(path)).rejects.toMatchObject(refused)
    await expect(workspace.move(path, "there")).rejects.toMatchObject(refused)
    if (path !== ".") await expect(workspace.move("a.ts", `${path}/there`)).rejects.toMatchObject({ name: /Error$/ })
  }
  await expect(workspace.remove("nosuch")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  await expect(workspace.move("nosuch", "b.ts")).rejects.toMatchObject({ code: "FILE_NOT_FOUND" })
  expect(readFileSync(join(outside, "secret"), "utf8")).toBe("s")
  expect(lstatSync(join(root, ".git/config")).isFile()).toBe(true)
  expect(existsSync(join(root, "a.ts"))).toBe(true)
  expect(events.filter(({ outcome }) => outcome === "refused").length).toBeGreaterThanOrEqual(12)
})
