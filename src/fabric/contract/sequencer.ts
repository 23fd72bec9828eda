import { afterEach, beforeEach, describe, expect, test } from "vitest"
import { newId } from "../../base/ids.ts"
import { maxCommitBytes } from "../chain.ts"
import type { Commit, Sequencer } from "../ports.ts"
import { appendAll, commitTo, posOf, readTo, withoutPlace } from "./sequencer-commits.ts"
import { followingContract } from "./sequencer-follow.ts"
import { retentionContract } from "./sequencer-retention.ts"
import type { SequencerWorld } from "./sequencer-world.ts"

/** What every engine promises of the order it decides. */
export function sequencerContract(name: string, open: () => Promise<SequencerWorld> | SequencerWorld): void {
  describe(`the ${name} sequencer`, () => {
    let world: SequencerWorld
    let sequencer: Sequencer
    beforeEach(async () => {
      world = await open()
      sequencer = world.sequencer
    })
    afterEach(() => world.close())

    test("positions are dense in each log, whatever the streams", async () => {
      let core = 0
      for (const stream of ["a", "b", "a.x", "c"]) {
        expect(posOf(await sequencer.append("core", commitTo(stream)))).toBe(++core)
        expect(posOf(await sequencer.append("project.p", commitTo(stream)))).toBe(core)
      }
      expect(await sequencer.end("core")).toBe(4)
      expect(await sequencer.head("core", "a.x")).toBe(3)
    })

    test("logs and streams that do not exist have their head and end at 0", async () => {
      expect(await sequencer.end("project.none")).toBe(0)
      expect(await sequencer.head("project.none", "a")).toBe(0)
      await sequencer.append("core", commitTo("a"))
      expect(await sequencer.head("core", "b")).toBe(0)
    })

    test("an append at another head than expected conflicts, says the head, and stores nothing", async () => {
      await appendAll(sequencer, "core", "a", [1, 2])
      for (const wrong of [0, 1, 3])
        expect(await sequencer.append("core", commitTo("a", { expect: wrong }))).toEqual({ kind: "conflict", head: 2 })
      expect(await sequencer.append("core", commitTo("b", { expect: 1 }))).toEqual({ kind: "conflict", head: 0 })
      expect(await sequencer.end("core")).toBe(2)
    })

    test("of sixteen writers at one head, exactly one wins, round after round", async () => {
      let head = 0
      for (let round = 0; round < 25; round++) {
        const answers = await Promise.all(
          Array.from({ length: 16 }, (_, i) =>
            (i % 2 === 0 ? sequencer : world.there).append("core", commitTo("a", { expect: head, data: i })),
          ),
        )
        const won = answers.filter((answer) => answer.kind === "committed")
        expect(won).toHaveLength(1)
        head = posOf(won[0] ?? { kind: "unknown" })
        expect(answers.filter((answer) => answer.kind === "conflict" && answer.head === head)).toHaveLength(15)
      }
      expect(await sequencer.end("core")).toBe(25)
    })

    test("a conflict among appends made together does not fail the others", async () => {
      const answers = await Promise.all([
        sequencer.append("core", commitTo("a")),
        sequencer.append("core", commitTo("a")),
        sequencer.append("core", commitTo("b", { data: { bad: undefined } })).catch((error) => error.code),
        sequencer.append("core", commitTo("c")),
      ])
      expect(answers).toEqual([
        { kind: "committed", pos: 1, repeated: false },
        { kind: "conflict", head: 1 },
        "NOT_JSON",
        { kind: "committed", pos: 2, repeated: false },
      ])
    })

    test("a commit that is repeated is found, not stored again, also when the stream has gone on", async () => {
      const first = commitTo("a", { data: "first" })
      expect(await sequencer.append("core", first)).toEqual({ kind: "committed", pos: 1, repeated: false })
      expect(await sequencer.append("core", first)).toEqual({ kind: "committed", pos: 1, repeated: true })
      await appendAll(sequencer, "core", "a", [2, 3], 1)
      expect(await world.there.append("core", first)).toEqual({ kind: "committed", pos: 1, repeated: true })
      expect(await sequencer.append("core", { ...first, expect: 3 })).toMatchObject({ pos: 1, repeated: true })
      expect(await sequencer.end("core")).toBe(3)
    })

    test("a commit sent many times at once is stored once", async () => {
      const commit = commitTo("a")
      const answers = await Promise.all(Array.from({ length: 10 }, () => sequencer.append("core", commit)))
      expect(new Set(answers.map(posOf))).toEqual(new Set([1]))
      expect(answers.filter((answer) => answer.kind === "committed" && !answer.repeated)).toHaveLength(1)
      expect(await sequencer.end("core")).toBe(1)
    })

    test("the id of one stream's commit can't be used in another", async () => {
      const commit = commitTo("a")
      await sequencer.append("core", commit)
      await expect(sequencer.append("core", { ...commit, stream: "b" })).rejects.toMatchObject({
        code: "COMMIT_ID_REUSED",
      })
      expect(await sequencer.head("core", "b")).toBe(0)
    })

    test("settling finds what was stored, stores what was not, and says what can't be any more", async () => {
      const [stored] = await appendAll(sequencer, "core", "a", ["stored"])
      expect(await sequencer.settle("core", stored as Commit)).toEqual({ kind: "committed", pos: 1, repeated: true })
      const lost = commitTo("a", { expect: 1 })
      expect(await sequencer.settle("core", lost)).toMatchObject({ kind: "committed", pos: 2 })
      expect(await sequencer.settle("core", commitTo("a", { expect: 1 }))).toEqual({ kind: "conflict", head: 2 })
      expect(await sequencer.end("core")).toBe(2)
    })

    test("what can't be a commit is refused and leaves nothing behind", async () => {
      const refused: readonly [string, Commit, string][] = [
        ["nolog", commitTo("a"), "COMMIT_INVALID"],
        ["project.../x", commitTo("a"), "COMMIT_INVALID"],
        ["core", commitTo(""), "COMMIT_INVALID"],
        ["core", commitTo("a..b"), "COMMIT_INVALID"],
        ["core", commitTo("a b"), "COMMIT_INVALID"],
        ["core", commitTo("a", { id: "1" }), "COMMIT_INVALID"],
        ["core", commitTo("a", { expect: -1 }), "COMMIT_INVALID"],
        ["core", commitTo("a", { expect: 0.5 }), "COMMIT_INVALID"],
        ["core", commitTo("a", { events: [] as never }), "COMMIT_INVALID"],
        ["core", commitTo("a", { events: [{ type: "", v: 1, data: 1 }] }), "COMMIT_INVALID"],
        ["core", commitTo("a", { events: [{ type: "t", v: 0, data: 1 }] }), "COMMIT_INVALID"],
        ["core", commitTo("a", { data: { n: Number.NaN } }), "NOT_JSON"],
        ["core", commitTo("a", { data: "\ud800" }), "NOT_JSON"],
        ["core", commitTo("a", { data: "x".repeat(maxCommitBytes) }), "COMMIT_TOO_LARGE"],
        ["core", commitTo("a", { data: "€".repeat(maxCommitBytes / 3) }), "COMMIT_TOO_LARGE"],
      ]
      for (const [log, commit, code] of refused)
        await expect(sequencer.append(log, commit)).rejects.toMatchObject({ code })
      expect(await sequencer.end("core")).toBe(0)
    })

    test("the largest commit there may be is stored and read back", async () => {
      const commit = commitTo("a", { data: "x".repeat(maxCommitBytes - 1000) })
      await sequencer.append("core", commit)
      expect((await readTo(sequencer, "core", 0, 1)).map(withoutPlace)).toEqual([commit])
    })

    test("an append whose signal has fired is not made", async () => {
      await expect(sequencer.append("core", commitTo("a"), { signal: AbortSignal.abort() })).rejects.toMatchObject({
        code: "CANCELLED",
      })
      expect(await sequencer.end("core")).toBe(0)
    })

    test("an append that is aborted on its way is stored once or not at all, and settling says which", async () => {
      for (let i = 0; i < 20; i++) {
        const abort = new AbortController()
        const commit = commitTo(`s.${i}`)
        const answer = sequencer.append("core", commit, { signal: abort.signal }).then(
          ({ kind }) => kind,
          () => "refused",
        )
        if (i % 2 === 1) await Promise.resolve()
        abort.abort()
        const said = await answer
        const head = await sequencer.head("core", commit.stream)
        if (said === "committed") expect(head).toBeGreaterThan(0)
        if (said === "refused") expect(head).toBe(0)
        const settled = await sequencer.settle("core", commit)
        expect(settled.kind).toBe("committed")
      }
      expect(await sequencer.end("core")).toBe(20)
    })

    test("what was appended does not change with the writer's object", async () => {
      const data = { list: [1] }
      const appended = sequencer.append("core", commitTo("a", { data }))
      data.list.push(2)
      await appended
      data.list.push(3)
      const [stored] = await readTo(sequencer, "core", 0, 1)
      expect(stored?.events[0].data).toEqual({ list: [1] })
    })

    test("a commit id is made by its writer and may be older than those before it", async () => {
      await sequencer.append("core", commitTo("a", { id: newId() }))
      expect(await sequencer.append("core", commitTo("b", { id: "00000000000000000000000000" }))).toMatchObject({
        pos: 2,
      })
    })

    followingContract(() => world)
    retentionContract(() => world)
  })
}
