import { execFileSync } from "node:child_process"
import { randomBytes } from "node:crypto"
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, test } from "vitest"
import { blobsContract, chunks } from "../contract/blobs.ts"
import { fileBlobs } from "./blobs.ts"

const tempFolder = () => mkdtemp(join(tmpdir(), "duck-blobs-"))
const placeOf = (folder: string, id: string) => join(folder, id.slice(0, 2), id.slice(2, 4), id)

blobsContract("file", async () => {
  const folder = await tempFolder()
  return {
    blobs: await fileBlobs(folder),
    async damage(id, how) {
      const bytes = await readFile(placeOf(folder, id))
      const middle = bytes.length >> 1
      bytes[middle] = (bytes[middle] ?? 0) ^ 1
      if (how === "flip a bit") await writeFile(placeOf(folder, id), bytes)
      else await truncate(placeOf(folder, id), bytes.length - 1)
    },
    async stored() {
      const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((each) => each.isFile())
      const unfinished = files.filter((each) => each.parentPath.endsWith("unfinished")).length
      return { blobs: files.length - unfinished, unfinished }
    },
    close: () => rm(folder, { recursive: true }),
  }
})

test("what a crash left half written is removed at the next start, and blobs stay", async () => {
  const folder = await tempFolder()
  const id = await (await fileBlobs(folder)).put(chunks("kept"))
  await writeFile(join(folder, "unfinished", "01LEFTOVER"), "half a bl")
  const blobs = await fileBlobs(folder)
  expect(await readdir(join(folder, "unfinished"))).toEqual([])
  expect(await blobs.has(id)).toBe(true)
  await rm(folder, { recursive: true })
})

test("blobs are readable by their owner alone", async () => {
  const folder = await tempFolder()
  const id = await (await fileBlobs(folder)).put(chunks("secret"))
  expect((await stat(placeOf(folder, id))).mode & 0o077).toBe(0)
  expect((await stat(join(folder, id.slice(0, 2)))).mode & 0o077).toBe(0)
  await rm(folder, { recursive: true })
})

test("a full disk is said plainly, leaves nothing behind and harms no blob", async ({ skip }) => {
  const folder = await tempFolder()
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], { stdio: "ignore" })
  } catch {
    await rm(folder, { recursive: true })
    skip("a small file system can be mounted only by root")
  }
  try {
    const blobs = await fileBlobs(folder)
    const id = await blobs.put(chunks("small"))
    await expect(blobs.put(chunks(randomBytes(2_000_000)))).rejects.toMatchObject({ code: "DISK_FULL", status: 503 })
    expect(await readdir(join(folder, "unfinished"))).toEqual([])
    expect(await blobs.has(id)).toBe(true)
    expect(await blobs.put(chunks("fits again"))).toHaveLength(64)
  } finally {
    execFileSync("umount", [folder])
    await rm(folder, { recursive: true })
  }
})
