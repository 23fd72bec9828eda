import { afterEach, beforeEach, describe, expect, test } from "vitest"
import type { Members, NodeInfo, NodeView } from "../ports.ts"
import { eventually } from "./eventually.ts"

export interface MembersWorld {
  /** Starts a node; its tips are what `tips` says at each beat. */
  join(self: NodeInfo, tips?: () => NodeView["tips"]): Promise<JoinedNode> | JoinedNode
  /** Lets `ms` pass for everyone. */
  pass(ms: number): Promise<void>
  close(): Promise<void> | void
}
export interface JoinedNode {
  readonly members: Members
  /** Leaves with a word of farewell. */
  leave(): Promise<void> | void
  /** Stops as SIGSTOP would: nothing is sent any more. */
  freeze(): void
  thaw(): void
}

const node = (id: string, incarnation = `${id}-1`): NodeInfo => ({
  id,
  incarnation,
  address: `127.0.0.1:${id.length}`,
  version: "1.0.0",
})
const states = (members: Members) =>
  Object.fromEntries(members.list().map((view) => [view.id, `${view.incarnation} ${view.state}`]))

export function membersContract(name: string, open: () => Promise<MembersWorld> | MembersWorld): void {
  describe(`the ${name} members`, () => {
    let world: MembersWorld
    beforeEach(async () => {
      world = await open()
    })
    afterEach(() => world.close())

    test("a node alone sees itself, alive", async () => {
      const { members } = await world.join(node("a"), () => ({ core: { pos: 7, hash: "ff" } }))
      expect(members.self).toEqual(node("a"))
      expect(members.list()).toEqual([{ ...node("a"), state: "alive", tips: { core: { pos: 7, hash: "ff" } } }])
    })

    test("nodes find one another at once, whoever came first", async () => {
      const nodes = [await world.join(node("a")), await world.join(node("b")), await world.join(node("c"))]
      for (const { members } of nodes)
        await eventually(() => expect(states(members)).toEqual({ a: "a-1 alive", b: "b-1 alive", c: "c-1 alive" }))
    })

    test("a node's tips reach the others with its next beat, and changes are told", async () => {
      let pos = 1
      const a = await world.join(node("a"))
      await world.join(node("b"), () => ({ core: { pos, hash: `h${pos}` } }))
      const tipSeenByA = () => a.members.list().find((view) => view.id === "b")?.tips.core
      await eventually(() => expect(tipSeenByA()).toEqual({ pos: 1, hash: "h1" }))
      const told: (readonly NodeView[])[] = []
      a.members.changes((view) => told.push(view))
      pos = 2
      await world.pass(5_000)
      await eventually(() => expect(tipSeenByA()).toEqual({ pos: 2, hash: "h2" }))
      expect(told.at(-1)?.find((view) => view.id === "b")?.tips.core?.pos).toBe(2)
    })

    test("a node that stops is silent, then gone; when it goes on it is alive again", async () => {
      const a = await world.join(node("a"))
      const b = await world.join(node("b"))
      await eventually(() => expect(states(a.members).b).toBe("b-1 alive"))
      const told: string[] = []
      a.members.changes((view) => told.push(view.find((each) => each.id === "b")?.state ?? "absent"))
      b.freeze()
      await world.pass(15_000)
      expect(states(a.members).b).toBe("b-1 silent")
      await world.pass(10_000)
      expect(states(a.members).b).toBe("b-1 gone")
      b.thaw()
      await world.pass(5_000)
      await eventually(() => expect(states(a.members).b).toBe("b-1 alive"))
      expect(told).toEqual(["silent", "gone", "alive"])
    })

    test("a node that leaves is gone at once", async () => {
      const a = await world.join(node("a"))
      const b = await world.join(node("b"))
      await eventually(() => expect(states(a.members).b).toBe("b-1 alive"))
      await b.leave()
      await eventually(() => expect(states(a.members).b).toBe("b-1 gone"))
    })

    test("a restarted node replaces its former incarnation, whose late beats count for nothing", async () => {
      const a = await world.join(node("a"))
      const old = await world.join(node("b", "b-1"))
      await eventually(() => expect(states(a.members).b).toBe("b-1 alive"))
      old.freeze()
      await world.join(node("b", "b-2"))
      await eventually(() => expect(states(a.members).b).toBe("b-2 alive"))
      old.thaw()
      await world.pass(10_000)
      expect(states(a.members)).toEqual({ a: "a-1 alive", b: "b-2 alive" })
    })

    test("a callback that has left is told nothing more", async () => {
      const a = await world.join(node("a"))
      let told = 0
      const leave = a.members.changes(() => {
        told += 1
      })
      await world.join(node("b"))
      await eventually(() => expect(told).toBeGreaterThan(0))
      leave()
      const before = told
      await world.join(node("c"))
      await eventually(() => expect(states(a.members).c).toBe("c-1 alive"))
      expect(told).toBe(before)
    })
  })
}
