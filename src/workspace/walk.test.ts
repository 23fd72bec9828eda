import { execFileSync } from "node:child_process"
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { commitAll, fill, git, repositoryWith, treeWith } from "./tree.testing.ts"
import { type WalkOptions, walk } from "./walk.ts"

async function pathsIn(root: string, options?: WalkOptions): Promise<string[]> {
  const paths: string[] = []
  for await (const file of walk(root, options)) paths.push(file.path)
  return paths.sort()
}

test("every file is given with its size, times and inode", async () => {
  const root = treeWith({ "a.txt": "four", "deep/er/ü ñ.md": "" })
  const files = []
  for await (const file of walk(root)) files.push(file)
  expect(files.map(({ path, sizeBytes }) => [path, sizeBytes]).sort()).toEqual([
    ["a.txt", 4],
    ["deep/er/ü ñ.md", 0],
  ])
  expect(files.every(({ mtimeMs, ctimeMs, inode }) => mtimeMs > 0 && ctimeMs > 0 && inode > 0)).toBe(true)
})

test("nested .gitignore files, .git/info/exclude and core.excludesFile are honoured", async () => {
  const root = repositoryWith({ ".gitignore": "*.log\n/top\n" })
  fill(root, {
    "a.log": "",
    "top/x": "",
    "sub/top/x": "",
    "sub/.gitignore": "!keep.log\nlocal\n",
    "sub/keep.log": "",
    "sub/b.log": "",
    "sub/local": "",
    local: "",
    secret: "",
    mine: "",
    ".git/info/exclude": "secret\n",
    ".git/my-ignore": "mine\n",
  })
  git(root, "config", "core.excludesFile", join(root, ".git/my-ignore"))
  expect(await pathsIn(root)).toEqual([".gitignore", "local", "sub/.gitignore", "sub/keep.log", "sub/top/x"])
})

test("nothing under an ignored folder comes back, unless git tracks it or .duckignore says so", async () => {
  const root = repositoryWith({ ".gitignore": "gen/\n", "gen/tracked.ts": "" })
  fill(root, { "gen/.gitignore": "!b.ts\n", "gen/b.ts": "" })
  expect(await pathsIn(root)).toEqual([".gitignore", "gen/tracked.ts"])
  fill(root, { ".duckignore": "!gen/\n" })
  expect(await pathsIn(root)).toEqual([".duckignore", ".gitignore", "gen/.gitignore", "gen/b.ts", "gen/tracked.ts"])
})

test(".duckignore has the last word, also over tracked files and the defaults", async () => {
  const root = repositoryWith({
    "a.ts": "",
    "big.json": "",
    "yarn.lock": "",
    "node_modules/mine/index.js": "",
    "node_modules/other/index.js": "",
    "sub/.duckignore": "!big.json\n",
    "sub/big.json": "",
  })
  fill(root, { ".duckignore": "big.json\n!yarn.lock\n!node_modules/\nnode_modules/*\n!node_modules/mine/\n" })
  const paths = await pathsIn(root)
  expect(paths).toEqual([
    ".duckignore",
    "a.ts",
    "node_modules/mine/index.js",
    "sub/.duckignore",
    "sub/big.json",
    "yarn.lock",
  ])
})

test("build output is walked when git tracks it, other people's code never", async () => {
  const files = { "dist/a.js": "", "node_modules/x/a.js": "", "a.js": "", "package-lock.json": "{}" }
  expect(await pathsIn(treeWith(files))).toEqual(["a.js"])
  expect(await pathsIn(repositoryWith(files))).toEqual(["a.js", "dist/a.js"])
})

test("folders that a tool filled are left out by their marks", async () => {
  const root = repositoryWith({
    "a.go": "",
    "vendor/modules.txt": "",
    "vendor/x.go": "",
    "my-env/pyvenv.cfg": "",
    "my-env/x.py": "",
    "cache/CACHEDIR.TAG": "",
    "cache/x": "",
    "src/vendor/own.ts": "",
  })
  expect(await pathsIn(root)).toEqual(["a.go", "src/vendor/own.ts"])
})

test("a part of a repository is walked by the rules of the whole", async () => {
  const root = repositoryWith({ ".gitignore": "*.log\n/packages/app/out.txt\n", "packages/.gitignore": "app/tmp\n" })
  fill(root, { "packages/app/a.log": "", "packages/app/out.txt": "", "packages/app/tmp": "", "packages/app/a.ts": "" })
  expect(await pathsIn(join(root, "packages/app"))).toEqual(["a.ts"])
  expect(await pathsIn(root, { under: "packages/app" })).toEqual(["packages/app/a.ts"])
  expect(await pathsIn(root, { under: "nowhere" })).toEqual([])
})

test("a folder that the repository around it ignores as a whole is a tree of its own", async () => {
  const home = repositoryWith({ ".gitignore": "*\n!.gitignore\n" })
  fill(home, { "project/a.ts": "", "project/b.ts": "" })
  expect(await pathsIn(join(home, "project"))).toEqual(["a.ts", "b.ts"])
})

test("submodules are walked, their .git is not", async () => {
  const library = repositoryWith({ "lib.c": "" })
  const root = repositoryWith({ "main.c": "" })
  git(root, "-c", "protocol.file.allow=always", "submodule", "add", "--quiet", library, "lib")
  commitAll(root, "submodule")
  expect(await pathsIn(root)).toEqual([".gitmodules", "lib/lib.c", "main.c"])
})

test("symbolic links, pipes and sockets are not given, and links are not followed", async () => {
  const outside = treeWith({ "secret.txt": "" })
  const root = treeWith({ "real/a.txt": "" })
  symlinkSync(outside, join(root, "out"))
  symlinkSync("real", join(root, "in"))
  symlinkSync("..", join(root, "real/loop"))
  symlinkSync("real/a.txt", join(root, "b.txt"))
  execFileSync("mkfifo", [join(root, "pipe")])
  expect(await pathsIn(root)).toEqual(["real/a.txt"])
})

test("a folder that can't be read is reported, and the rest is walked", async () => {
  const root = treeWith({ "a.txt": "", "locked/b.txt": "" })
  chmodSync(join(root, "locked"), 0)
  const unreadable: string[] = []
  const paths = await pathsIn(root, { onUnreadable: (path) => unreadable.push(path) })
  chmodSync(join(root, "locked"), 0o755)
  // Root reads everything: then both must be there.
  if (process.getuid?.() === 0) expect(paths).toEqual(["a.txt", "locked/b.txt"])
  else expect([paths, unreadable]).toEqual([["a.txt"], ["locked"]])
})

test("a root that is not there is an error", async () => {
  await expect(pathsIn(join(treeWith(), "gone"))).rejects.toThrow(/ENOENT/)
})

test("a tree deeper than paths can be long is walked as far as paths go", async () => {
  const root = treeWith()
  // Made of two halves, as the whole path is too long for the system to make at once.
  const half = Array.from({ length: 25 }, () => "n".repeat(100)).join("/")
  fill(root, { [`a/${half}/f`]: "", [`b/${half}/f`]: "" })
  renameSync(join(root, "b"), join(root, "a", half, "b"))
  const unreadable: string[] = []
  const paths = await pathsIn(root, { onUnreadable: (path) => unreadable.push(path) })
  expect(paths).toEqual([`a/${half}/f`])
  expect(unreadable).toHaveLength(1)
  execFileSync("rm", ["-rf", root])
})

test("a walk stops when it is cancelled", async () => {
  const root = treeWith(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`d${i}/f`, ""])))
  const controller = new AbortController()
  const walking = (async () => {
    for await (const _ of walk(root, { signal: controller.signal })) controller.abort()
  })()
  await expect(walking).rejects.toMatchObject({ code: "CANCELLED" })
})

test("on random trees with random ignore files, the walk gives what git lists", async () => {
  const root = repositoryWith()
  const name = fc.constantFrom("a", "b", "c", "ab", "a.x", "b.x", ".a", "a b")
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"))
  const pattern = fc
    .tuple(
      fc.constantFrom("", "", "!", "/", "!/"),
      fc.array(fc.constantFrom("a", "b", "*", "**", "*.x", "a*", "?", "[ab]"), { minLength: 1, maxLength: 3 }),
      fc.constantFrom("", "", "/"),
    )
    .map(([start, names, end]) => start + names.join("/") + end)
  const patterns = fc.array(pattern, { minLength: 1, maxLength: 4 }).map((lines) => `${lines.join("\n")}\n`)
  const ignoreFile = fc.tuple(fc.option(path, { nil: "" }), patterns)
  const scene = fc.record({
    paths: fc.array(path, { minLength: 1, maxLength: 25 }),
    ignoreFiles: fc.array(ignoreFile, { maxLength: 4 }),
    exclude: patterns,
    tracked: fc.integer({ min: 0, max: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(scene, async ({ paths, ignoreFiles, exclude, tracked }) => {
      git(root, "rm", "-r", "-f", "-q", "--cached", "--ignore-unmatch", ".")
      for (const at of git(root, "ls-files", "-z", "-o", "--directory").split("\0").filter(Boolean))
        rmSync(join(root, at), { recursive: true, force: true })
      const put = (at: string, text: string) => {
        // Where a file of that name is in the way, the path is left out.
        try {
          fill(root, { [at]: text })
          return [at]
        } catch {
          return []
        }
      }
      const made = paths.flatMap((at) => put(at, at))
      for (const [folder, text] of ignoreFiles) put(folder === "" ? ".gitignore" : `${folder}/.gitignore`, text)
      writeFileSync(join(root, ".git/info/exclude"), exclude)
      if (tracked > 0 && made.length > 0) git(root, "add", "-f", "--", ...made.filter((_, i) => i % tracked === 0))
      const listed = git(root, "ls-files", "-z", "-c", "-o", "--exclude-standard").split("\0").filter(Boolean)
      expect(await pathsIn(root)).toEqual([...new Set(listed)].sort())
    }),
    { numRuns: 40 },
  )
})

test("ten thousand files are all given, once", async () => {
  const root = treeWith()
  for (let d = 0; d < 20; d++) {
    mkdirSync(join(root, `d${d}/s`), { recursive: true })
    for (let f = 0; f < 500; f++) writeFileSync(join(root, `d${d}/s/f${f}`), "")
  }
  expect(new Set(await pathsIn(root)).size).toBe(10_000)
})
