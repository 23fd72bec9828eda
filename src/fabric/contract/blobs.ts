import { createHash, randomBytes } from "node:crypto"
import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { DuckError } from "../../base/errors.ts"
import type { Blobs } from "../ports.ts"

export interface BlobsWorld {
  readonly blobs: Blobs
  /** Changes the stored bytes of a blob behind its back. */
  damage(id: string, how: "flip a bit" | "cut the end"): Promise<void>
  /** How much is stored, in blobs and in what is half written. */
  stored(): Promise<{ readonly blobs: number; readonly unfinished: number }>
  close(): Promise<void> | void
}

export async function* chunks(...parts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === "string" ? Buffer.from(part) : part
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  for await (const part of bytes) parts.push(part)
  return Buffer.concat(parts)
}

const sha256 = (bytes: string | Uint8Array) => createHash("sha256").update(bytes).digest("hex")

export function blobsContract(name: string, open: () => Promise<BlobsWorld> | BlobsWorld): void {
  describe(`the ${name} blobs`, () => {
    let world: BlobsWorld
    beforeEach(async () => {
      world = await open()
    })
    afterEach(() => world.close())

    test("a blob's id is the SHA-256 of its bytes, however they were cut", async () => {
      expect(await world.blobs.put(chunks("hello world"))).toBe(sha256("hello world"))
      expect(await world.blobs.put(chunks("hel", "", "lo wo", "rld"))).toBe(sha256("hello world"))
      expect((await all(world.blobs.get(sha256("hello world")))).toString()).toBe("hello world")
      expect(await world.stored()).toEqual({ blobs: 1, unfinished: 0 })
    })

    test("nothing is a blob too", async () => {
      const id = await world.blobs.put(chunks())
      expect(id).toBe(sha256(""))
      expect(await all(world.blobs.get(id))).toHaveLength(0)
    })

    test.each([1, 65_535, 65_536, 65_537, 131_072, 3_000_001])("%d bytes come back as they were", async (size) => {
      const bytes = randomBytes(size)
      const id = await world.blobs.put(chunks(bytes.subarray(0, size >> 1), bytes.subarray(size >> 1)))
      expect((await all(world.blobs.get(id))).equals(bytes)).toBe(true)
    })

    test("what is not there is not found", async () => {
      const id = sha256("never stored")
      expect(await world.blobs.has(id)).toBe(false)
      await expect(all(world.blobs.get(id))).rejects.toMatchObject({ status: 404 })
      await world.blobs.remove(id)
    })

    test("a removed blob is gone and can be stored again", async () => {
      const id = await world.blobs.put(chunks("x"))
      expect(await world.blobs.has(id)).toBe(true)
      await world.blobs.remove(id)
      expect(await world.blobs.has(id)).toBe(false)
      await expect(all(world.blobs.get(id))).rejects.toMatchObject({ status: 404 })
      expect(await world.blobs.put(chunks("x"))).toBe(id)
      expect((await all(world.blobs.get(id))).toString()).toBe("x")
    })

    test("many writers of the same and of other content end with one blob for each", async () => {
      const contents = Array.from({ length: 5 }, () => randomBytes(200_000))
      const ids = await Promise.all(
        Array.from({ length: 30 }, (_, i) => world.blobs.put(chunks(contents[i % 5] ?? "", String(i % 5)))),
      )
      expect(new Set(ids).size).toBe(5)
      expect(await world.stored()).toEqual({ blobs: 5, unfinished: 0 })
      for (const id of new Set(ids)) expect(sha256(await all(world.blobs.get(id)))).toBe(id)
    })

    test("a put whose source fails stores nothing and leaves nothing", async () => {
      async function* failing() {
        yield Buffer.from("a part")
        throw new Error("the source failed")
      }
      await expect(world.blobs.put(failing())).rejects.toThrow("the source failed")
      expect(await world.stored()).toEqual({ blobs: 0, unfinished: 0 })
    })

    test.each(["flip a bit", "cut the end"] as const)(
      "damage (%s) is found before the last bytes are out",
      async (how) => {
        for (const size of [1_000, 200_000]) {
          const bytes = randomBytes(size)
          const id = await world.blobs.put(chunks(bytes))
          await world.damage(id, how)
          let got = 0
          const reading = async () => {
            for await (const part of world.blobs.get(id)) got += part.length
          }
          await expect(reading()).rejects.toMatchObject({ code: "BLOB_DAMAGED" })
          expect(got).toBeLessThan(size - 1)
        }
      },
    )

    test("storing the content again heals a damaged blob", async () => {
      const id = await world.blobs.put(chunks("precious"))
      await world.damage(id, "flip a bit")
      await world.blobs.put(chunks("precious"))
      expect((await all(world.blobs.get(id))).toString()).toBe("precious")
    })

    test("a reader that stops early, or reads while the blob is removed, never gets wrong bytes as whole", async () => {
      const bytes = randomBytes(300_000)
      const id = await world.blobs.put(chunks(bytes))
      for await (const part of world.blobs.get(id)) {
        expect(part.length).toBeGreaterThan(0)
        break
      }
      const reading = all(world.blobs.get(id)).then(
        (got) => got.equals(bytes),
        (error: unknown) => error instanceof DuckError,
      )
      await world.blobs.remove(id)
      expect(await reading).toBe(true)
    })

    test.each(["", "abc", "../../etc/passwd", "A".repeat(64), `${"a".repeat(63)}/`])(
      "refuses the id %j",
      async (id) => {
        await expect(world.blobs.has(id)).rejects.toMatchObject({ code: "INVALID_INPUT" })
        await expect(world.blobs.remove(id)).rejects.toMatchObject({ code: "INVALID_INPUT" })
        await expect(all(world.blobs.get(id))).rejects.toMatchObject({ code: "INVALID_INPUT" })
      },
    )
  })
}
