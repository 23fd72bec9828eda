import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Shared } from "../ports.ts"
import { eventually } from "./eventually.ts"

export interface SharedWorld {
  readonly here: Shared
  readonly there: Shared
  /** Lets `ms` pass for everyone. */
  pass(ms: number): Promise<void>
  close(): Promise<void> | void
}

const bytes = (text: string) => new TextEncoder().encode(text)
const text = (data: Uint8Array) => new TextDecoder().decode(data)

export function sharedContract(name: string, open: () => Promise<SharedWorld> | SharedWorld, ttlMs = 20_000): void {
  describe(`the ${name} shared records`, () => {
    let world: SharedWorld
    beforeEach(async () => {
      world = await open()
    })
    afterEach(() => world.close())

    const revOf = async (shared: Shared, key: string) => (await shared.get(key))?.rev ?? 0
    const put = async (shared: Shared, key: string, value: string, ttl?: number) => {
      const rev = await shared.put(key, bytes(value), await revOf(shared, key), ttl)
      if (rev === "conflict") throw new Error("unexpected conflict")
      return rev
    }

    test("what one node puts another gets", async () => {
      const rev = await put(world.here, "limits.openai", "100")
      await eventually(async () => {
        const got = await world.there.get("limits.openai")
        expect(got?.rev).toBe(rev)
        expect(text(got?.value ?? bytes(""))).toBe("100")
      })
      expect(await world.there.get("limits.other")).toBeNull()
    })

    test("a record is made only where none is", async () => {
      expect(await world.here.put("k", bytes("1"), 0)).toBeTypeOf("number")
      expect(await world.here.put("k", bytes("2"), 0)).toBe("conflict")
    })

    test("a record changes only from the revision that the writer saw", async () => {
      const first = await put(world.here, "k", "1")
      const second = await world.here.put("k", bytes("2"), first)
      expect(second).toBeGreaterThan(first)
      expect(await world.here.put("k", bytes("3"), first)).toBe("conflict")
      expect(text((await world.here.get("k"))?.value ?? bytes(""))).toBe("2")
    })

    test("of racing writers with one revision exactly one wins", async () => {
      const rev = await put(world.here, "k", "0")
      await eventually(async () => expect(await revOf(world.there, "k")).toBe(rev))
      for (let round = 0, at = rev; round < 20; round++) {
        const answers = await Promise.all(
          Array.from({ length: 8 }, (_, i) => (i % 2 ? world.here : world.there).put("k", bytes(`${i}`), at)),
        )
        const won = answers.filter((answer) => answer !== "conflict")
        expect(won).toHaveLength(1)
        at = won[0] ?? 0
      }
    })

    test("counting by compare-and-swap loses nothing", async () => {
      await put(world.here, "count", "0")
      const add = async (shared: Shared) => {
        while (true) {
          const got = await shared.get("count")
          if (!got) continue
          if ((await shared.put("count", bytes(String(Number(text(got.value)) + 1)), got.rev)) !== "conflict") return
        }
      }
      await Promise.all(Array.from({ length: 40 }, (_, i) => add(i % 2 ? world.here : world.there)))
      await eventually(async () => expect(text((await world.here.get("count"))?.value ?? bytes(""))).toBe("40"))
    })

    test("a deleted record is gone, and the next one has a higher revision", async () => {
      const rev = await put(world.here, "k", "1")
      expect(await world.here.delete("k", rev + 1_000)).toBe("conflict")
      expect(await world.here.delete("k", rev)).toBe("deleted")
      expect(await world.here.get("k")).toBeNull()
      expect(await world.here.delete("k", rev)).toBe("conflict")
      expect(await world.here.put("k", bytes("old"), rev)).toBe("conflict")
      expect(await put(world.here, "k", "2")).toBeGreaterThan(rev)
    })

    test("a record with a time to live ends by itself; one that is put again lives on", async () => {
      await put(world.here, "short", "1", ttlMs)
      await put(world.here, "kept", "1", ttlMs)
      await world.pass(ttlMs / 2)
      await put(world.here, "kept", "2", ttlMs)
      await world.pass(ttlMs / 2 + 1)
      await eventually(async () => expect(await world.there.get("short")).toBeNull())
      expect(text((await world.there.get("kept"))?.value ?? bytes(""))).toBe("2")
      expect(await world.here.put("short", bytes("again"), 0)).toBeTypeOf("number")
    })

    test("a watcher gets what there is, then every change, and hears of deletions and ends", async () => {
      await put(world.here, "node.a", "1")
      await put(world.here, "other.b", "1")
      const seen: string[] = []
      world.there.watch("node.", (key, value) => seen.push(`${key}=${value ? text(value) : "gone"}`))
      await eventually(() => expect(seen).toEqual(["node.a=1"]))
      const rev = await put(world.here, "node.a", "2")
      await put(world.here, "node.c", "1", ttlMs)
      await put(world.here, "other.b", "2")
      await world.here.delete("node.a", rev)
      await eventually(() => expect(seen).toEqual(["node.a=1", "node.a=2", "node.c=1", "node.a=gone"]))
      await world.pass(ttlMs + 1)
      await eventually(() => expect(seen.at(-1)).toBe("node.c=gone"))
    })

    test("a watcher that leaves hears nothing more, and one that throws harms no other", async () => {
      const seen: string[] = []
      const left: string[] = []
      world.here.watch("k", () => {
        throw new Error("thrown by a test")
      })
      const leave = world.here.watch("k", (_key, value) => left.push(value ? text(value) : "gone"))
      world.here.watch("k", (_key, value) => seen.push(value ? text(value) : "gone"))
      await put(world.here, "k", "1")
      await eventually(() => expect(left).toEqual(["1"]))
      leave()
      await put(world.here, "k", "2")
      await eventually(() => expect(seen).toEqual(["1", "2"]))
      expect(left).toEqual(["1"])
    })

    test("what a caller does with its bytes changes no record", async () => {
      const mine = bytes("safe")
      const rev = await world.here.put("k", mine, 0)
      mine.fill(0)
      const got = await world.here.get("k")
      expect(text(got?.value ?? bytes(""))).toBe("safe")
      got?.value.fill(0)
      expect(text((await world.here.get("k"))?.value ?? bytes(""))).toBe("safe")
      expect(rev).toBeTypeOf("number")
    })

    test.each(["", "a b", ".a", "a.", "a..b", "a*", "é"])("refuses the key %j", async (key) => {
      await expect(world.here.put(key, bytes(""), 0)).rejects.toMatchObject({ code: "INVALID_INPUT" })
      await expect(world.here.get(key)).rejects.toMatchObject({ code: "INVALID_INPUT" })
    })
  })
}
