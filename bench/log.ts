import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { newId } from "../src/base/ids.ts"
import { openFabric } from "../src/fabric/embedded/fabric.ts"
import type { Commit, Sequencer } from "../src/fabric/ports.ts"
import { describeMachine, printed, quantile, type Report } from "./machine.ts"

/**
 * The log against bare SQLite at the same durability (WAL, synchronous=FULL, the same commits as JSON text, the same
 * number in each transaction), and the speed with which a follower replays. Rounds of both alternate, and the median of
 * the rounds' ratios counts, so that a disk that slows down slows both.
 */
const appenders = 64
const eachAppends = 250
const rounds = 15
const oneByOne = 400
const replayed = 300_000

export async function run(): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "duck-bench-log-"))
  const fabric = await openFabric({ folder })
  const raw = rawLog(join(folder, "raw.db"))
  try {
    const { sequencer } = fabric
    for (let round = 0; round < 3; round++) {
      await appendRate(sequencer, "project.bench", appenders, eachAppends)
      raw.inGroups(appenders * eachAppends, appenders)
    }

    const grouped = []
    const single = []
    for (let round = 0; round < rounds; round++) {
      const ours = await appendRate(sequencer, "project.bench", appenders, eachAppends)
      const theirs = raw.inGroups(appenders * eachAppends, appenders)
      grouped.push({ ours, theirs, ratio: ours / theirs })
      const oursAlone = await appendRate(sequencer, "project.alone", 1, oneByOne)
      const theirsAlone = raw.inGroups(oneByOne, 1)
      single.push({ ours: oursAlone, theirs: theirsAlone, ratio: oursAlone / theirsAlone })
    }

    for (let at = 0; at < replayed; at += 50_000) await fill(sequencer, 50_000)
    const replays: number[] = []
    for (let round = 0; round < 5; round++) replays.push(await replay(sequencer))

    const median = (samples: readonly { ratio: number }[]) =>
      quantile(
        samples.map((s) => s.ratio),
        0.5,
      )
    const best = (samples: readonly number[]) => rate(quantile(samples, 0.5))
    const together64 = median(grouped)
    const replayRate = quantile(replays, 0.5)
    return {
      title: "The log",
      rows: [
        { what: `bare SQLite, ${appenders} commits in a transaction`, value: best(grouped.map((s) => s.theirs)) },
        { what: `the log, ${appenders} concurrent appenders`, value: best(grouped.map((s) => s.ours)) },
        {
          what: "ratio",
          value: `${Math.round(together64 * 100)} %`,
          goal: ">= 70 %",
          met: together64 >= 0.7,
        },
        { what: "bare SQLite, one commit in a transaction", value: best(single.map((s) => s.theirs)) },
        { what: "the log, one appender", value: best(single.map((s) => s.ours)) },
        { what: "ratio", value: `${Math.round(median(single) * 100)} %` },
        {
          what: `follow replays ${replayed.toLocaleString("en-US")} events, one in each commit`,
          value: rate(replayRate),
          goal: ">= 150,000/s",
          met: replayRate >= 150_000,
        },
      ],
      notes: [
        "bare SQLite writes the commit's JSON text under its position; the log also keeps heads, ids and the hash chain",
        `median of ${rounds} alternating rounds; every append waits for stable storage on both sides`,
      ],
    }
  } finally {
    raw.close()
    await fabric.close()
    rmSync(folder, { recursive: true })
  }
}

const rate = (perSecond: number) => `${Math.round(perSecond).toLocaleString("en-US")}/s`

/** A message of a few sentences, as most of a conversation's are: about 650 bytes as a commit. */
const text =
  "The chain is extended where a commit is placed: each hash covers the one before it and the canonical commit, so a " +
  "changed byte, a missing commit and another order are all seen. It is computed by every node while it mirrors, and " +
  "checked from the first commit on by `duck audit verify`, which also looks at the signed seals in the core log."

function commitOf(stream: string, expect: number): Commit {
  const data = { role: "assistant", text, tokens: 84, cached: false }
  return {
    id: newId(),
    stream,
    expect,
    events: [{ type: "conversation.said", v: 1, data }],
    meta: { actor: "user.ann", node: "node-a", epoch: 1, at: "2026-01-01T00:00:00.000Z" },
  }
}

const streams = Array.from({ length: appenders }, (_, i) => `conv.${i}`)

/** Appends one commit after the other to a stream, each when the one before is on stable storage. */
async function appendOn(sequencer: Sequencer, log: string, stream: string, n: number): Promise<void> {
  let head = await sequencer.head(log, stream)
  for (let i = 0; i < n; i++) {
    const answer = await sequencer.append(log, commitOf(stream, head))
    if (answer.kind !== "committed") throw new Error(`an append ended as ${answer.kind}`)
    head = answer.pos
  }
}

/** Appends a second, of so many appenders. */
async function appendRate(sequencer: Sequencer, log: string, writers: number, each: number): Promise<number> {
  const startedAt = performance.now()
  await Promise.all(streams.slice(0, writers).map((stream) => appendOn(sequencer, log, stream, each)))
  return perSecond(writers * each, startedAt)
}

async function fill(sequencer: Sequencer, n: number): Promise<void> {
  const from = await sequencer.end("project.replay")
  await Promise.all(Array.from({ length: n }, (_, i) => appendOn(sequencer, "project.replay", `s.${from + i}`, 1)))
}

async function replay(sequencer: Sequencer): Promise<number> {
  const { promise: done, resolve } = Promise.withResolvers<void>()
  let events = 0
  const startedAt = performance.now()
  const following = sequencer.follow("project.replay", 0, async (batch) => {
    for (const commit of batch) events += commit.events.length
    if (events >= replayed) resolve()
  })
  await Promise.race([done, following.done])
  const result = perSecond(events, startedAt)
  await following.stop()
  return result
}

function rawLog(path: string) {
  const db = new DatabaseSync(path)
  db.exec("pragma journal_mode = wal; pragma synchronous = full")
  db.exec("create table commits (pos integer primary key, body text not null)")
  const begin = db.prepare("begin immediate")
  const insert = db.prepare("insert into commits (pos, body) values (?, ?)")
  const commit = db.prepare("commit")
  let pos = 0
  return {
    /** Makes the commits and writes them, as the appenders of the log do. */
    inGroups(total: number, groupSize: number): number {
      const startedAt = performance.now()
      for (let at = 0; at < total; at += groupSize) {
        begin.run()
        for (let i = 0; i < groupSize; i++) insert.run(++pos, JSON.stringify(commitOf(streams[i] ?? "", pos)))
        commit.run()
      }
      return perSecond(total, startedAt)
    },
    close: () => db.close(),
  }
}

const perSecond = (n: number, startedAt: number) => (n / (performance.now() - startedAt)) * 1000

if (import.meta.main) {
  console.log(describeMachine())
  console.log(printed(await run()))
}
