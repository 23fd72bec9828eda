import { generateKeyPairSync } from "node:crypto"
import { expect, test } from "vitest"
import { chainHash, encodeCommit, genesis } from "../chain.ts"
import { sealEvent, sealStream } from "../chain-seal.ts"
import type { Committed, LogId, Sequencer } from "../ports.ts"
import { appendAll, commitTo, posOf, readTo } from "./sequencer-commits.ts"
import type { SequencerWorld } from "./sequencer-world.ts"

/** What trimming and dropping promise. */
export function retentionContract(world: () => SequencerWorld): void {
  test("a log is trimmed under a seal that vouches for it, and goes on", async () => {
    const { sequencer } = world()
    const commits = await appendAll(sequencer, "project.p", "a", [1, 2, 3])
    await appendAll(sequencer, "project.p", "b", [4])
    const seal = await sealed(sequencer, "project.p", 3)
    await appendAll(sequencer, "project.p", "c", [5])
    await sequencer.trim("project.p", 3, seal)
    expect(await sequencer.end("project.p")).toBe(5)
    expect((await readTo(sequencer, "project.p", 3, 5)).map(({ pos }) => pos)).toEqual([4, 5])
    // What was trimmed still counts: its heads are expected, and its ids are recognised.
    expect(await sequencer.head("project.p", "a")).toBe(3)
    expect(await sequencer.append("project.p", commitTo("a"))).toEqual({ kind: "conflict", head: 3 })
    for (const [index, commit] of commits.entries())
      expect(await sequencer.append("project.p", commit)).toMatchObject({ pos: index + 1, repeated: true })
    expect(posOf(await sequencer.append("project.p", commitTo("a", { expect: 3 })))).toBe(6)
  })

  test("a follower of what was trimmed is told where the log begins", async () => {
    const { sequencer } = world()
    await appendAll(sequencer, "project.p", "a", [1, 2, 3])
    await sequencer.trim("project.p", 2, await sealed(sequencer, "project.p", 2))
    const following = sequencer.follow("project.p", 1, async () => {})
    await expect(following.done).rejects.toMatchObject({ code: "LOG_TRIMMED", trimmedTo: 2 })
  })

  test("nothing is trimmed under a seal of another position, another log, or a false one", async () => {
    const { sequencer } = world()
    await appendAll(sequencer, "project.p", "a", [1, 2, 3])
    await appendAll(sequencer, "project.q", "a", [1, 2, 3])
    const good = await sealed(sequencer, "project.p", 2)
    const ofOther = await sealed(sequencer, "project.q", 2)
    const neverStored = { ...good, id: "00000000000000000000000000" }
    for (const [upTo, seal] of [
      [3, good],
      [1, good],
      [2, ofOther],
      [2, neverStored],
    ] as const)
      await expect(sequencer.trim("project.p", upTo, seal)).rejects.toMatchObject({ code: "SEAL_DOES_NOT_VOUCH" })
    expect(await readTo(sequencer, "project.p", 0, 3)).toHaveLength(3)
  })

  test("a dropped log is gone, others are not, and its name can be used again", async () => {
    const { sequencer } = world()
    const [commit] = await appendAll(sequencer, "project.p", "a", [1, 2, 3])
    await appendAll(sequencer, "project.q", "a", [1, 2])
    const following = sequencer.follow("project.p", 3, async () => {})
    await sequencer.drop("project.p")
    await expect(following.done).rejects.toMatchObject({ code: "LOG_SUSPECT", why: "regression" })
    expect(await sequencer.end("project.p")).toBe(0)
    expect(await sequencer.end("project.q")).toBe(2)
    if (commit) expect(await sequencer.append("project.p", commit)).toMatchObject({ pos: 1, repeated: false })
  })
}

/** A seal of the log at a position, made from what followers see. */
async function sealed(sequencer: Sequencer, log: LogId, upTo: number): Promise<Committed> {
  let hash = genesis
  for (const commit of await readTo(sequencer, log, 0, upTo))
    if (commit.pos <= upTo) hash = chainHash(hash, encodeCommit(commit))
  const { privateKey: key } = generateKeyPairSync("ed25519")
  const stream = sealStream(log)
  const head = await sequencer.head("core", stream)
  const commit = commitTo(stream, { expect: head, events: [sealEvent({ log, hash, key })] })
  return { ...commit, log: "core", pos: posOf(await sequencer.append("core", commit)) }
}
