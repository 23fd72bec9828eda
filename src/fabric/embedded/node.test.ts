import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, expect, test } from "vitest"
import { leased } from "../contract/leases.ts"
import { mine } from "../contract/ownership.ts"
import { openFabric } from "./fabric.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "duck-node-"))
})
afterEach(() => rmSync(folder, { recursive: true }))

test("the next start goes on where the last one ended: streams, tokens, blobs", async () => {
  async function* bytes() {
    yield Buffer.from("kept")
  }
  const first = await openFabric({ folder })
  const owned = mine(await first.ownership.own("core", "conv.1"))
  await owned.commit([{ type: "said", v: 1, data: null }])
  const { token } = leased(await first.leases.take("k", 60_000, "first"))
  const blob = await first.blobs.put(bytes())
  await first.close()
  expect(owned.lost.aborted).toBe(true)

  const second = await openFabric({ folder })
  const again = mine(await second.ownership.own("core", "conv.1"))
  expect(again.epoch).toBeGreaterThan(owned.head)
  expect(leased(await second.leases.take("k", 60_000, "second")).token).toBeGreaterThan(token)
  expect(await second.blobs.has(blob)).toBe(true)
  await second.close()
})

test("a node says its tips of the logs in use", async () => {
  const { members, ownership, store, node, close } = await openFabric({ folder })
  await ownership.own("core", "conv.1")
  await ownership.own("project.a", "conv.1")
  const hashOf = (log: string) => Buffer.from(store.tip(log).hash).toString("hex")
  expect(members.list()).toEqual([
    {
      ...members.self,
      id: node,
      state: "alive",
      tips: { core: { pos: 1, hash: hashOf("core") }, "project.a": { pos: 1, hash: hashOf("project.a") } },
    },
  ])
  await close()
})

test("a node that can't start lets go of everything, so that the next attempt finds the folder free", async () => {
  writeFileSync(join(folder, "blobs"), "in the way")
  await expect(openFabric({ folder })).rejects.toThrow(/EEXIST|ENOTDIR/)
  rmSync(join(folder, "blobs"))
  const { close } = await openFabric({ folder })
  await close()
})
