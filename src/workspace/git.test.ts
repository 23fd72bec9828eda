import { execFileSync } from "node:child_process"
import { chmodSync, chownSync, realpathSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { findGit, type Git, openGit } from "./git.ts"
import { commitAll, fill, repositoryWith, git as run, treeWith } from "./tree.testing.ts"

async function opened(folder: string): Promise<Git> {
  const git = await openGit(folder)
  if (!git) throw new Error(`no repository at ${folder}`)
  return git
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}

test("the log gives commits newest first, with authors, messages, files and renames", async () => {
  const root = repositoryWith({ "a b.txt": "one\ntwo\nthree\nfour\n", "gone.txt": "" })
  run(root, "mv", "a b.txt", 'ü "quoted"\n.txt')
  rmSync(join(root, "gone.txt"))
  fill(root, { "new/file.ts": "x" })
  const sha = commitAll(root, "Subject line\n\nBody with \u0001 and\n\nM\nR100\nlines.")
  const git = await opened(root)
  const [newest, oldest] = await all(git.log())
  expect(newest).toEqual({
    sha,
    parents: [oldest?.sha],
    authorName: "Ada",
    authorEmail: "ada@example.org",
    authoredAt: "2026-01-02T03:04:05+01:00",
    subject: "Subject line",
    body: "Body with \u0001 and\n\nM\nR100\nlines.",
    files: [
      { path: "gone.txt", status: "D" },
      { path: "new/file.ts", status: "A" },
      { path: 'ü "quoted"\n.txt', status: "R", oldPath: "a b.txt" },
    ],
  })
  expect(oldest).toMatchObject({ parents: [], subject: "first", body: "", files: [{ status: "A" }, { status: "A" }] })
})

test("a file whose name begins like a commit header is still a file", async () => {
  const root = repositoryWith({ "\u0001M": "", M: "", R100: "" })
  const git = await opened(root)
  expect((await all(git.log()))[0]?.files.map((file) => file.path)).toEqual(["\u0001M", "M", "R100"])
})

test("the log goes on after a commit, up to a limit, and for given paths only", async () => {
  const root = repositoryWith({ "a.txt": "1" })
  const first = run(root, "rev-parse", "HEAD").trim()
  fill(root, { "b.txt": "2" })
  commitAll(root, "second")
  fill(root, { "a.txt": "3" })
  commitAll(root, "third")
  commitAll(root, "empty")
  const git = await opened(root)
  const subjects = async (options: Parameters<Git["log"]>[0]) => (await all(git.log(options))).map((c) => c.subject)
  expect(await subjects({ after: first })).toEqual(["empty", "third", "second"])
  expect(await subjects({ limit: 1 })).toEqual(["empty"])
  expect(await subjects({ paths: ["a.txt"] })).toEqual(["third", "first"])
  expect(await subjects({ from: first })).toEqual(["first"])
  expect(await subjects({ paths: ["*.txt"] })).toEqual([])
})

test("a file's history can be followed across a rename", async () => {
  const root = repositoryWith({ "old.txt": "some\ncontent\nthat\nstays\n" })
  run(root, "mv", "old.txt", "new.txt")
  commitAll(root, "renamed")
  const git = await opened(root)
  expect((await all(git.log({ paths: ["new.txt"], follow: true }))).map((c) => c.subject)).toEqual(["renamed", "first"])
})

test("blame gives the spans of lines by commit, uncommitted lines, and where lines came from", async () => {
  const root = repositoryWith({ "a.txt": "one\ntwo\nthree\n" })
  const first = run(root, "rev-parse", "HEAD").trim()
  run(root, "mv", "a.txt", "b.txt")
  fill(root, { "b.txt": "one\ntwo\nthree\nfour\n" })
  const second = commitAll(root, "second")
  writeFileSync(join(root, "b.txt"), "one\nTWO\nthree\nfour\n")
  const git = await opened(root)
  const spans = await git.blame("b.txt")
  expect(spans.map((s) => [s.startLine, s.endLine, s.sha, s.originalPath])).toEqual([
    [1, 1, first, "a.txt"],
    [2, 2, null, "b.txt"],
    [3, 3, first, "a.txt"],
    [4, 4, second, "b.txt"],
  ])
  expect(spans[0]).toMatchObject({ authorName: "Ada", authoredAt: "2026-01-02T03:04:05+01:00", subject: "first" })
  expect((await git.blame("b.txt", { startLine: 3, endLine: 4 })).map((s) => s.startLine)).toEqual([3, 4])
  expect((await git.blame("a.txt", { revision: first })).map((s) => [s.startLine, s.endLine])).toEqual([[1, 3]])
  await expect(git.blame("b.txt", { startLine: 9 })).rejects.toMatchObject({ code: "LINE_OUT_OF_RANGE" })
  await expect(git.blame("nowhere.txt")).rejects.toMatchObject({ code: "NOT_IN_HISTORY" })
})

test("the status names what is staged, changed, deleted, renamed, untracked and in conflict", async () => {
  const root = repositoryWith({
    "a.txt": "a\n",
    "b.txt": "b\n",
    "c c.txt": "same\nlong\ncontent\n",
    "d.txt": "d\n",
    ".gitignore": "*.log",
  })
  fill(root, { "a.txt": "changed\n", "new/one.txt": "", "new/two.txt": "", "x.log": "", "staged.txt": "" })
  rmSync(join(root, "b.txt"))
  run(root, "mv", "c c.txt", "e e.txt")
  run(root, "add", "staged.txt")
  const git = await opened(root)
  const status = await git.status()
  expect(status.branch).toBe("main")
  expect(status.head).toBe(await git.head())
  expect(status.files.map((f) => [f.status, f.path, f.oldPath]).sort()).toEqual([
    ["?", "new/one.txt", undefined],
    ["?", "new/two.txt", undefined],
    ["A", "staged.txt", undefined],
    ["D", "b.txt", undefined],
    ["M", "a.txt", undefined],
    ["R", "e e.txt", "c c.txt"],
  ])
})

test("a conflict is named", async () => {
  const root = repositoryWith({ "a b.txt": "base\n" })
  run(root, "checkout", "-q", "-b", "other")
  fill(root, { "a b.txt": "theirs\n" })
  commitAll(root, "theirs")
  run(root, "checkout", "-q", "main")
  fill(root, { "a b.txt": "ours\n" })
  commitAll(root, "ours")
  expect(() => run(root, "merge", "-q", "other")).toThrow()
  expect((await (await opened(root)).status()).files).toEqual([{ path: "a b.txt", status: "U" }])
})

test("changed files since a commit hold committed, uncommitted and untracked changes", async () => {
  const root = repositoryWith({ "a.txt": "1\n", "b.txt": "1\n", "c.txt": "1\n" })
  const first = run(root, "rev-parse", "HEAD").trim()
  fill(root, { "a.txt": "2\n" })
  commitAll(root, "second")
  fill(root, { "b.txt": "2\n", "u.txt": "" })
  const git = await opened(root)
  const pairs = (await git.changedFiles(first)).map((f) => [f.status, f.path])
  expect(pairs).toEqual([
    ["M", "a.txt"],
    ["M", "b.txt"],
    ["?", "u.txt"],
  ])
  expect((await git.changedFiles()).map((f) => f.path)).toEqual(["b.txt", "u.txt"])
})

test("a diff has counts, renames, binary files and a patch that can be cut", async () => {
  const root = repositoryWith({
    "a.txt": "1\n2\n3\n",
    "old name.txt": "same\nlong\ncontent\n",
    "x.bin": new Uint8Array([0, 1, 2]),
  })
  fill(root, { "a.txt": "1\n2\n3\n4\n5\n", "x.bin": new Uint8Array([0, 1, 3]) })
  run(root, "mv", "old name.txt", "new name.txt")
  const git = await opened(root)
  const diff = await git.diff()
  expect(diff.files).toEqual([
    { path: "a.txt", status: "M", addedLines: 2, deletedLines: 0 },
    { path: "new name.txt", status: "R", oldPath: "old name.txt", addedLines: 0, deletedLines: 0 },
    { path: "x.bin", status: "M", addedLines: null, deletedLines: null },
  ])
  expect(diff.patch).toContain("+4\n+5\n")
  expect(diff.isTruncated).toBe(false)
  const cut = await git.diff({ maxBytes: 60 })
  expect([cut.isTruncated, cut.patch.endsWith("\n"), cut.patch.length <= 60]).toEqual([true, true, true])
  expect((await git.diff({ paths: ["a.txt"] })).files).toHaveLength(1)
})

test("a file is shown at a revision, and a tree lists its blobs", async () => {
  const root = repositoryWith({ "a.txt": "old", "dir/b c.txt": "b" })
  chmodSync(join(root, "dir/b c.txt"), 0o755)
  commitAll(root, "mode")
  fill(root, { "a.txt": "new" })
  const git = await opened(root)
  expect((await git.show("a.txt", "HEAD")).toString()).toBe("old")
  await expect(git.show("z.txt", "HEAD")).rejects.toMatchObject({ code: "NOT_IN_HISTORY" })
  await expect(git.show("a.txt", "HEAD", { maxBytes: 2 })).rejects.toMatchObject({ code: "FILE_TOO_LARGE" })
  await expect(git.show("../a.txt", "HEAD")).rejects.toMatchObject({ code: "PATH_REFUSED" })
  expect(await all(git.tree("HEAD"))).toEqual([
    { path: "a.txt", blob: run(root, "rev-parse", "HEAD:a.txt").trim(), isExecutable: false, isSymlink: false },
    {
      path: "dir/b c.txt",
      blob: run(root, "rev-parse", "HEAD:dir/b c.txt").trim(),
      isExecutable: true,
      isSymlink: false,
    },
  ])
})

test("an unknown revision is named, and nothing that looks like an option reaches git", async () => {
  const root = repositoryWith({ "a.txt": "" })
  const git = await opened(root)
  for (const revision of ["nope", "", "--output=/tmp/x", "a\0b", "HEAD:a.txt", "f".repeat(40)]) {
    await expect(git.resolve(revision)).rejects.toMatchObject({ code: "UNKNOWN_REVISION" })
    await expect(all(git.log({ after: revision }))).rejects.toMatchObject({ code: "UNKNOWN_REVISION" })
  }
})

test("an empty repository has a branch, no head and no history; its diff is against nothing", async () => {
  const root = repositoryWith()
  const git = await opened(root)
  expect([await git.head(), await git.branch(), await all(git.log())]).toEqual([null, "main", []])
  fill(root, { "a.txt": "x\n" })
  run(root, "add", "a.txt")
  expect((await git.diff()).files).toMatchObject([{ path: "a.txt", status: "A" }])
  expect(await git.status()).toEqual({ head: null, branch: "main", files: [{ path: "a.txt", status: "A" }] })
  expect(await git.changedFiles()).toHaveLength(1)
})

test("a detached head has no branch", async () => {
  const root = repositoryWith({ "a.txt": "" })
  run(root, "checkout", "-q", "--detach")
  const git = await opened(root)
  expect([await git.branch(), (await git.status()).branch]).toEqual([null, null])
  expect(await git.head()).toMatch(/^[0-9a-f]{40}$/)
})

test("worktrees share the common folder, submodules have their own, and a subfolder finds the top", async () => {
  const library = repositoryWith({ "lib.c": "" })
  const root = repositoryWith({ "sub/a.txt": "" })
  run(root, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", library, "lib")
  commitAll(root, "submodule")
  const other = join(treeWith(), "other")
  run(root, "worktree", "add", "-q", other)
  const [main, linked, sub] = await Promise.all([opened(join(root, "sub")), opened(other), opened(join(root, "lib"))])
  expect(main.root).toBe(root)
  expect(linked.root).toBe(realpathSync(other))
  expect(linked.commonDir).toBe(main.commonDir)
  expect(linked.gitDir).not.toBe(main.gitDir)
  expect(sub.root).toBe(join(root, "lib"))
  expect(sub.commonDir).toBe(join(root, ".git/modules/lib"))
})

test("a shallow clone says so, and that an older revision may be cut off", async () => {
  const origin = repositoryWith({ "a.txt": "1" })
  const first = run(origin, "rev-parse", "HEAD").trim()
  fill(origin, { "a.txt": "2" })
  commitAll(origin, "second")
  const clone = join(treeWith(), "clone")
  run(origin, "clone", "-q", "--depth=1", `file://${origin}`, clone)
  const git = await opened(clone)
  expect(await git.isShallow()).toBe(true)
  expect((await all(git.log())).map((c) => c.subject)).toEqual(["second"])
  await expect(git.resolve(first)).rejects.toThrow(/no revision/)
  await expect(git.resolve(first)).rejects.toMatchObject({ details: { isShallow: true } })
  expect((await git.blame("a.txt"))[0]?.isBoundary).toBe(true)
})

test("where there is no repository, a bare one, a stranger's one or no git, the reason is named", async () => {
  const plain = treeWith({ "a.txt": "" })
  expect(await findGit(plain)).toEqual({ absent: "not-a-repository" })
  expect(await openGit(plain)).toBeNull()

  const bare = treeWith()
  run(bare, "init", "-q", "--bare")
  expect(await findGit(bare)).toEqual({ absent: "bare" })

  if (process.getuid?.() === 0) {
    const foreign = repositoryWith({ "a.txt": "" })
    chownSync(foreign, 4321, 4321)
    chownSync(join(foreign, ".git"), 4321, 4321)
    expect(await findGit(foreign)).toEqual({ absent: "dubious-ownership" })
  }

  const path = process.env.PATH
  process.env.PATH = plain
  onTestFinished(() => {
    process.env.PATH = path
  })
  expect(await findGit(plain)).toEqual({ absent: "no-program" })
})

test("a damaged repository is an error that says so", async () => {
  const root = repositoryWith({ "a.txt": "x" })
  const git = await opened(root)
  const sha = run(root, "rev-parse", "HEAD^{tree}").trim()
  rmSync(join(root, ".git/objects", sha.slice(0, 2), sha.slice(2)), { force: true })
  await expect(all(git.log())).rejects.toMatchObject({ code: "GIT_FAILED", status: 503 })
})

test("the environment of a hook and the repository's own settings change nothing, and run nothing", async () => {
  const root = repositoryWith({ "a.txt": "1\n", "ü.txt": "" })
  const other = repositoryWith({ "b.txt": "" })
  const trap = join(root, "trap.sh")
  const sprung = join(root, ".git/sprung")
  writeFileSync(trap, `#!/bin/sh\ntouch '${sprung}'\ncat "$1" 2>/dev/null\n`, { mode: 0o755 })
  writeFileSync(join(root, ".gitattributes"), "*.txt diff=trap\n")
  for (const name of [
    "core.fsmonitor",
    "diff.external",
    "diff.trap.command",
    "diff.trap.textconv",
    "core.pager",
    "gpg.program",
  ])
    run(root, "config", name, trap)
  for (const [name, value] of [
    ["color.ui", "always"],
    ["log.showSignature", "true"],
    ["core.quotePath", "true"],
    ["diff.noprefix", "true"],
    ["log.decorate", "full"],
    ["status.branch", "false"],
    ["diff.renames", "false"],
  ])
    run(root, "config", name as string, value as string)
  process.env.GIT_DIR = join(other, ".git")
  onTestFinished(() => void delete process.env.GIT_DIR)
  const git = await opened(root)
  writeFileSync(join(root, "a.txt"), "2\n")
  expect(git.root).toBe(root)
  expect((await all(git.log()))[0]?.files.map((f) => f.path)).toEqual(["a.txt", "ü.txt"])
  expect((await git.diff()).patch).toContain("--- a/a.txt\n+++ b/a.txt\n")
  expect((await git.status()).files.map((f) => f.path)).toContain("a.txt")
  await git.blame("a.txt")
  expect((await git.show("a.txt", "HEAD")).toString()).toBe("1\n")
  expect(() => execFileSync("ls", [sprung], { stdio: "ignore" })).toThrow()
})

test("a long history streams: stopping early ends git, a signal cancels", async () => {
  const root = repositoryWith()
  longHistory(root, 3000)
  const git = await opened(root)
  let seen = 0
  for await (const _ of git.log()) if (++seen === 5) break
  expect(seen).toBe(5)
  const controller = new AbortController()
  const cancelled = (async () => {
    for await (const _ of git.log({ signal: controller.signal })) controller.abort()
  })()
  await expect(cancelled).rejects.toMatchObject({ code: "CANCELLED" })
  // Whole characters also where they lie across two chunks of output.
  const expected = Array.from({ length: 3000 }, (_, i) => `change ${2999 - i} ü`)
  expect((await all(git.log())).map((c) => c.subject)).toEqual(expected)
})

/** Thousands of commits at once, through `git fast-import`. */
function longHistory(root: string, commits: number) {
  const lines: string[] = []
  for (let i = 0; i < commits; i++) {
    const message = `change ${i} ü\n\nbody`
    lines.push(
      "commit refs/heads/main",
      `committer Ada <ada@example.org> ${1_700_000_000 + i} +0000`,
      `data ${Buffer.byteLength(message)}`,
      message,
      `M 100644 inline dir${i % 20}/file${i % 300}.txt`,
      `data ${String(i).length}`,
      String(i),
    )
  }
  execFileSync("git", ["fast-import", "--quiet"], { cwd: root, input: `${lines.join("\n")}\n` })
}
