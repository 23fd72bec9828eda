import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { isClaim } from "../owner-events.ts"
import type { Committed, Events, LogId, Owned, OwnedElsewhere, Ownership } from "../ports.ts"
import { eventually } from "./eventually.ts"

export interface OwnershipNode {
  readonly ownership: Ownership
  /** Stops as SIGSTOP would: leases are not renewed and no beats sent. What the test itself calls still runs. */
  freeze(): void
  thaw(): void
}

export interface OwnershipWorld {
  /** Resolves once the nodes know of one another. */
  start(id: string): Promise<OwnershipNode>
  /** Lets `ms` pass for everyone. */
  pass(ms: number): Promise<void>
  /** The whole log as it is stored. */
  commits(log: LogId): readonly Committed[]
  close(): Promise<void> | void
}

const log = "core"
const stream = "conv.1"
const said = (n: number): Events => [{ type: "said", v: 1, data: { n } }]

export function mine(answer: Owned | OwnedElsewhere): Owned {
  if ("ownedBy" in answer) throw new Error(`the stream is owned by ${answer.ownedBy}`)
  return answer
}

/** S4: in every stream, all commits between one claim and the next carry the first claim's epoch. */
export function assertS4(commits: readonly Committed[]): void {
  const epochs = new Map<string, number>()
  for (const commit of commits) {
    if (isClaim(commit)) epochs.set(commit.stream, commit.pos)
    else expect(commit.meta.epoch, `${commit.stream} at ${commit.pos}`).toBe(epochs.get(commit.stream))
  }
}

/** What owners of streams promise, over any sequencer, leases and members. */
export function ownershipContract(name: string, open: () => Promise<OwnershipWorld> | OwnershipWorld): void {
  describe(`ownership over ${name}`, () => {
    let world: OwnershipWorld
    beforeEach(async () => {
      world = await open()
    })
    afterEach(async () => {
      const commits = world.commits(log)
      await world.close()
      assertS4(commits)
    })

    test("the first to ask owns the stream by a claim; the next hears who it is", async () => {
      const [a, b] = [await world.start("a"), await world.start("b")]
      const owned = mine(await a.ownership.own(log, stream))
      expect(owned.head).toBe(owned.epoch)
      expect(world.commits(log)[owned.epoch - 1]?.events[0]).toMatchObject({
        type: "owner.claimed",
        data: { node: "a" },
      })
      expect(await b.ownership.own(log, stream)).toEqual({ ownedBy: "a", epoch: owned.epoch })
      expect(await a.ownership.own(log, stream)).toBe(owned)
    })

    test("an owner's commits stand in the order of its calls, under its epoch", async () => {
      const owned = mine(await (await world.start("a")).ownership.own(log, stream))
      const positions = await Promise.all(Array.from({ length: 50 }, (_, n) => owned.commit(said(n), { actor: "ada" })))
      expect(positions).toEqual([...positions].sort((x, y) => x - y))
      expect(owned.head).toBe(positions.at(-1))
      const stored = world.commits(log).filter((commit) => !isClaim(commit))
      expect(stored.map((commit) => commit.events[0].data)).toEqual(Array.from({ length: 50 }, (_, n) => ({ n })))
      expect(stored.every(({ meta }) => meta.epoch === owned.epoch && meta.actor === "ada" && meta.node === "a")).toBe(
        true,
      )
    })

    test("a released stream is free at once, with all that was said", async () => {
      const [a, b] = [await world.start("a"), await world.start("b")]
      const first = mine(await a.ownership.own(log, stream))
      await first.commit(said(1))
      await first.release()
      expect(first.lost.aborted).toBe(true)
      await expect(first.commit(said(2))).rejects.toMatchObject({ code: "RELEASED" })
      await first.release()
      const second = mine(await b.ownership.own(log, stream))
      expect(second.epoch).toBeGreaterThan(first.epoch)
      await second.commit(said(3))
      expect(await a.ownership.own(log, stream)).toEqual({ ownedBy: "b", epoch: second.epoch })
    })

    test("a release may name an heir, who is left the stream while it lives", async () => {
      const [a, b, c] = [await world.start("a"), await world.start("b"), await world.start("c")]
      const first = mine(await a.ownership.own(log, stream))
      await eventually(async () => expect(await c.ownership.own(log, stream)).toHaveProperty("ownedBy", "a"))
      await first.release("b")
      await eventually(async () =>
        expect(await c.ownership.own(log, stream)).toEqual({ ownedBy: "b", epoch: first.epoch }),
      )
      const second = mine(await b.ownership.own(log, stream))
      await second.release("nobody")
      mine(await c.ownership.own(log, stream))
    })

    test("an owner that stops is replaced; when it goes on it is fenced before it can store anything", async () => {
      const [a, b] = [await world.start("a"), await world.start("b")]
      const first = mine(await a.ownership.own(log, stream))
      await first.commit(said(1))
      a.freeze()
      await world.pass(25_000)
      const second = mine(await b.ownership.own(log, stream))
      await second.commit(said(2))
      await expect(first.commit(said(3))).rejects.toMatchObject({ code: "FENCED" })
      expect(first.lost.aborted).toBe(true)
      a.thaw()
      expect(await a.ownership.own(log, stream)).toEqual({ ownedBy: "b", epoch: second.epoch })
      expect(world.commits(log).flatMap(({ events }) => events.map(({ data }) => data))).not.toContainEqual({ n: 3 })
    })

    test("an owner hears from the log that it was replaced, without trying to write", async () => {
      const [a, b] = [await world.start("a"), await world.start("b")]
      const first = mine(await a.ownership.own(log, stream))
      a.freeze()
      await world.pass(25_000)
      const second = mine(await b.ownership.own(log, stream))
      await eventually(() => expect(first.lost.aborted).toBe(true))
      expect(first.lost.reason).toMatchObject({ code: "FENCED", details: { epoch: second.epoch } })
    })

    test("a stop that is shorter than the lease costs nothing", async () => {
      const [a, b] = [await world.start("a"), await world.start("b")]
      const first = mine(await a.ownership.own(log, stream))
      a.freeze()
      await world.pass(8_000)
      expect(await b.ownership.own(log, stream)).toHaveProperty("ownedBy", "a")
      a.thaw()
      await first.commit(said(1))
      expect(first.lost.aborted).toBe(false)
    })

    test("a node that starts again takes its streams back at once, and its former self is fenced", async () => {
      const a = await world.start("a")
      const b = await world.start("b")
      const first = mine(await a.ownership.own(log, stream))
      a.freeze()
      const again = await world.start("a")
      const second = mine(await again.ownership.own(log, stream))
      expect(second.epoch).toBeGreaterThan(first.epoch)
      await expect(first.commit(said(1))).rejects.toMatchObject({ code: "FENCED" })
      await eventually(async () => expect(await b.ownership.own(log, stream)).toHaveProperty("epoch", second.epoch))
    })

    test("two nodes race for 300 streams: each has one owner, and every other claim is fenced", async () => {
      const nodes = [await world.start("a"), await world.start("b")]
      const streams = Array.from({ length: 300 }, (_, i) => `conv.${i}`)
      const answers = await Promise.all(
        streams.flatMap((each) => nodes.map(async (node) => [each, await node.ownership.own(log, each)] as const)),
      )
      const stored = await Promise.allSettled(
        answers.flatMap(([each, answer], n) => ("ownedBy" in answer ? [] : [answer.commit(said(n)).then(() => each)])),
      )
      const owners = stored.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []))
      expect(owners.toSorted()).toEqual(streams.toSorted())
    })
  })
}
