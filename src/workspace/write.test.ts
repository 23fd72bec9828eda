import { execFileSync, spawn } from "node:child_process"
import {
  chmodSync,
  chownSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { join } from "node:path"
import { expect, onTestFinished, test } from "vitest"
import { type AccessEvent, boundsOf } from "./contain.ts"
import { PathRefusedError } from "./errors.ts"
import { readText } from "./read.ts"
import { fill, treeWith } from "./tree.testing.ts"
import { writeBytes, writeText } from "./write.ts"

const isRoot = process.getuid?.() === 0

test("a file is created with the folders it needs, and replaced", async () => {
  const root = treeWith()
  expect(await writeText(root, "a/b/ü.txt", "one\n")).toMatchObject({ path: "a/b/ü.txt", isNew: true, sizeBytes: 4 })
  const again = await writeText(root, "a/b/ü.txt", "two\n")
  expect(again.isNew).toBe(false)
  expect(again.hash).toBe((await readText(root, "a/b/ü.txt")).hash)
  expect(readdirSync(join(root, "a/b"))).toEqual(["ü.txt"])
})

test("mode and owner stay", async () => {
  const root = treeWith({ "run.sh": "old" })
  chmodSync(join(root, "run.sh"), 0o4751)
  if (isRoot) chownSync(join(root, "run.sh"), 1234, 1235)
  if (isRoot) chmodSync(join(root, "run.sh"), 0o4751)
  await writeText(root, "run.sh", "new")
  const stats = statSync(join(root, "run.sh"))
  expect(stats.mode & 0o7777).toBe(0o4751)
  if (isRoot) expect([stats.uid, stats.gid]).toEqual([1234, 1235])
})

test("encoding, byte-order mark and line ends stay", async () => {
  const root = treeWith({
    "bom.txt": "\ufeffa\r\nb\r\n",
    "utf16.txt": Buffer.from("\ufeffold", "utf16le"),
    "latin.txt": Buffer.from("caf\xe9 na\xefve\n", "latin1"),
  })
  expect((await writeText(root, "bom.txt", "x\ny\n")).encoding).toBe("utf-8-bom")
  expect(readFileSync(join(root, "bom.txt"), "utf8")).toBe("\ufeffx\r\ny\r\n")
  await writeText(root, "utf16.txt", "new ü")
  expect(readFileSync(join(root, "utf16.txt"))).toEqual(Buffer.from("\ufeffnew ü", "utf16le"))
  await writeText(root, "latin.txt", "thé\n")
  expect(readFileSync(join(root, "latin.txt"), "latin1")).toBe("th\xe9\n")
  expect((await writeText(root, "latin.txt", "漢\n")).encoding).toBe("utf-8")
})

test("bytes that could not be read as text are not destroyed", async () => {
  const original = Buffer.concat([Buffer.from("größe über schön "), Buffer.from([0xff]), Buffer.from(" ende ä")])
  const root = treeWith({ "a.txt": original })
  const { text } = await readText(root, "a.txt")
  await expect(writeText(root, "a.txt", `${text}!`)).rejects.toMatchObject({ code: "LOSSY_WRITE" })
  expect(readFileSync(join(root, "a.txt"))).toEqual(original)
})

test("a file that changed since it was read is not overwritten", async () => {
  const root = treeWith({ "a.txt": "one" })
  const { hash } = await readText(root, "a.txt")
  fill(root, { "a.txt": "someone else's" })
  await expect(writeText(root, "a.txt", "mine", { expectHash: hash })).rejects.toMatchObject({
    code: "FILE_CHANGED",
    status: 409,
  })
  await expect(writeText(root, "a.txt", "mine", { expectHash: null })).rejects.toThrow(/exists already/)
  rmSync(join(root, "a.txt"))
  await expect(writeText(root, "a.txt", "mine", { expectHash: hash })).rejects.toThrow(/was deleted/)
  await writeText(root, "a.txt", "mine", { expectHash: null })
  const mine = await readText(root, "a.txt")
  await writeText(root, "a.txt", "newer", { expectHash: mine.hash })
  expect(readdirSync(root)).toEqual(["a.txt"])
})

test("of many who create the same file at once, exactly one does", async () => {
  const root = treeWith()
  const all = await Promise.allSettled(
    Array.from({ length: 20 }, (_, i) => writeText(root, "a.txt", `${i}`, { expectHash: null })),
  )
  const winners = all.flatMap((one, i) => (one.status === "fulfilled" ? [i] : []))
  expect(winners).toHaveLength(1)
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe(String(winners[0]))
  expect(readdirSync(root)).toEqual(["a.txt"])
})

test("a reader never sees half of a file", async () => {
  const root = treeWith({ "a.txt": "0".repeat(200_000) })
  let isDone = false
  const reading = (async () => {
    let reads = 0
    while (!isDone) {
      const { text } = await readText(root, "a.txt")
      expect(text).toBe(text.charAt(0).repeat(200_000))
      reads++
    }
    return reads
  })()
  for (let i = 1; i < 30; i++) await writeText(root, "a.txt", String(i % 10).repeat(200_000))
  isDone = true
  expect(await reading).toBeGreaterThan(0)
})

test("a link to a file inside stays a link; a hard link is parted from its twin", async () => {
  const root = treeWith({ "real.txt": "old" })
  symlinkSync("real.txt", join(root, "link.txt"))
  linkSync(join(root, "real.txt"), join(root, "twin.txt"))
  expect((await writeText(root, "link.txt", "new")).path).toBe("real.txt")
  expect(readlinkSync(join(root, "link.txt"))).toBe("real.txt")
  expect([readFileSync(join(root, "real.txt"), "utf8"), readFileSync(join(root, "twin.txt"), "utf8")]).toEqual([
    "new",
    "old",
  ])
})

test("a name that differs from another only in its Unicode normalization is refused for a new file", async () => {
  const root = treeWith({ "e\u0301.txt": "" })
  await expect(writeText(root, "\u00e9.txt", "x")).rejects.toMatchObject({ reason: "unicode-twin" })
  await writeText(root, "e\u0301.txt", "x")
  expect(readdirSync(root)).toEqual(["e\u0301.txt"])
})

test("a read-only file and a read-only folder are refused and stay as they were", async () => {
  const root = treeWith({ "locked.txt": "old", "dir/a.txt": "old" })
  chmodSync(join(root, "locked.txt"), 0o444)
  await expect(writeText(root, "locked.txt", "new")).rejects.toMatchObject({ code: "ACCESS_DENIED" })
  expect(readFileSync(join(root, "locked.txt"), "utf8")).toBe("old")
  if (isRoot) return
  chmodSync(join(root, "dir"), 0o555)
  onTestFinished(() => chmodSync(join(root, "dir"), 0o755))
  await expect(writeText(root, "dir/a.txt", "new")).rejects.toMatchObject({ code: "ACCESS_DENIED" })
  expect(readdirSync(join(root, "dir"))).toEqual(["a.txt"])
})

/** A file system of its own, mounted for one test; undefined where that is not allowed. */
function mounted(options: string): string | undefined {
  const root = treeWith()
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", root], { stdio: "ignore" })
  } catch {
    return undefined
  }
  onTestFinished(() => void execFileSync("umount", ["-l", root]))
  return root
}

test("a full disk leaves the old file whole and no temporary file", async (context) => {
  const root = mounted("size=256k")
  if (!root) return context.skip("SKIPPED: mounting a small file system needs root; a full disk was not tried here")
  const old = "old ".repeat(1000)
  fill(root, { "a.txt": old, filler: "x".repeat(180_000) })
  await expect(writeText(root, "a.txt", "new".repeat(100_000))).rejects.toMatchObject({
    code: "DISK_FULL",
    status: 507,
  })
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe(old)
  await expect(writeBytes(root, "b/new.bin", new Uint8Array(300_000))).rejects.toMatchObject({ code: "DISK_FULL" })
  expect(readdirSync(root).filter((name) => name.includes("tmp"))).toEqual([])
  expect(readdirSync(join(root, "b"))).toEqual([])
  rmSync(join(root, "filler"))
  expect((await writeText(root, "a.txt", "new".repeat(10_000))).sizeBytes).toBe(30_000)
})

test("a disk that is mounted read-only is a clear error", async (context) => {
  const root = mounted("size=256k")
  if (!root) return context.skip("SKIPPED: mounting a file system needs root; a read-only disk was not tried here")
  fill(root, { "a.txt": "old" })
  execFileSync("mount", ["-o", "remount,ro", root])
  await expect(writeText(root, "a.txt", "new")).rejects.toMatchObject({ code: "ACCESS_DENIED" })
  await expect(writeText(root, "new/b.txt", "new")).rejects.toMatchObject({
    hint: expect.stringContaining("read-only"),
  })
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("old")
})

test("a writer that is killed leaves the old file or the new one", async () => {
  const root = treeWith({ "a.txt": "0".repeat(100_000) })
  const script = `
    import { writeText } from ${JSON.stringify(new URL("./write.ts", import.meta.url).href)}
    process.stdout.write("go")
    for (let i = 0; ; i++) await writeText(${JSON.stringify(root)}, "a.txt", String(i % 10).repeat(100_000))
  `
  for (let round = 0; round < 5; round++) {
    const writer = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    })
    await new Promise((resolve) => writer.stdout.once("data", resolve))
    // A write or so into its work.
    for (let turn = 0; turn < 3 + round * 5; turn++) await readText(root, "a.txt")
    writer.kill("SIGKILL")
    await new Promise((resolve) => writer.once("close", resolve))
    const text = readFileSync(join(root, "a.txt"), "utf8")
    expect(text).toBe(text.charAt(0).repeat(100_000))
  }
})

test("a folder that is swapped for a link while files are written never lets a write out", async () => {
  const around = treeWith({ "elsewhere/sub/keep.txt": "keep", "project/race/sub/keep.txt": "inside" })
  const root = join(around, "project")
  const swap = join(root, "race")
  symlinkSync("../elsewhere", join(root, "race-link"))
  // The writer may make the folder anew while its name is free: then that one has to go first.
  const script = `
    const { renameSync, rmSync } = require("node:fs")
    const [a, b, c] = ${JSON.stringify([swap, `${swap}-kept`, `${swap}-link`])}
    const move = (from, to) => { for (;;) try { return renameSync(from, to) } catch { try { rmSync(to, { recursive: true, force: true }) } catch {} } }
    process.stdout.write("go")
    for (;;) { move(a, b); move(c, a); move(a, c); move(b, a) }
  `
  const swapper = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] })
  onTestFinished(() => void swapper.kill("SIGKILL"))
  await new Promise((resolve) => swapper.stdout.once("data", resolve))
  const bounds = await boundsOf({ root })
  const outcomes = { written: 0, refused: 0 }
  for (let i = 0; i < 600; i++) {
    await writeText(bounds, `race/sub/${i % 3 === 0 ? "keep.txt" : `new${i}.txt`}`, "mine").then(
      () => outcomes.written++,
      (error) => {
        if (error instanceof PathRefusedError) outcomes.refused++
      },
    )
  }
  expect(readdirSync(join(around, "elsewhere/sub"))).toEqual(["keep.txt"])
  expect(readFileSync(join(around, "elsewhere/sub/keep.txt"), "utf8")).toBe("keep")
  expect(outcomes.written).toBeGreaterThan(0)
  expect(outcomes.refused).toBeGreaterThan(0)
})

test("writes and refusals reach the audit", async () => {
  const root = treeWith()
  const events: AccessEvent[] = []
  const bounds = await boundsOf({ root, audit: (event) => events.push(event) })
  await writeText(bounds, "a.txt", "four")
  mkdirSync(join(root, ".git"))
  await expect(writeText(bounds, ".git/config", "x")).rejects.toThrow()
  writeFileSync(join(root, "file"), "")
  await expect(writeText(bounds, "file/x", "x")).rejects.toMatchObject({ reason: "not-a-folder" })
  expect(events).toEqual([
    { operation: "write", path: '"a.txt"', outcome: "done", sizeBytes: 4 },
    { operation: "write", path: '".git/config"', outcome: "refused", reason: "git-folder" },
    { operation: "write", path: '"file/x"', outcome: "refused", reason: "not-a-folder" },
  ])
})
