import { newId } from "../../base/ids.ts"
import type { Append, Commit, Committed, Event, Head, LogId, Sequencer, StreamId } from "../ports.ts"

/** A commit to try something with; only what matters to the test has to be said. */
export function commitTo(
  stream: StreamId,
  { expect = 0, data = {}, events, id = newId() }: Partial<Commit> & { readonly data?: unknown } = {},
): Commit {
  const event: Event = { type: "test.happened", v: 1, data }
  return {
    id,
    stream,
    expect,
    events: events ?? [event],
    meta: { actor: "user.ann", node: "node-a", epoch: 0, at: "2026-01-01T00:00:00.000Z" },
  }
}

/** The position of an append that went well. */
export function posOf(answer: Append): number {
  if (answer.kind !== "committed") throw new Error(`not committed but ${answer.kind}`)
  return answer.pos
}

/** Appends one commit for each item, one after the other, to one stream. */
export async function appendAll(
  sequencer: Pick<Sequencer, "append">,
  log: LogId,
  stream: StreamId,
  data: readonly unknown[],
  expect: Head = 0,
): Promise<Commit[]> {
  const commits: Commit[] = []
  let head = expect
  for (const item of data) {
    const commit = commitTo(stream, { expect: head, data: item })
    head = posOf(await sequencer.append(log, commit))
    commits.push(commit)
  }
  return commits
}

/** Follows from `after` until position `upTo` has come, and gives what came, then stops. */
export async function readTo(
  from: Pick<Sequencer, "follow">,
  log: LogId,
  after: Head,
  upTo: Head,
): Promise<Committed[]> {
  const seen: Committed[] = []
  if (upTo <= after) return seen
  const { promise, resolve } = Promise.withResolvers<void>()
  const following = from.follow(log, after, async (batch) => {
    seen.push(...batch)
    if ((seen.at(-1)?.pos ?? 0) >= upTo) resolve()
  })
  await Promise.race([promise, following.done])
  await following.stop()
  return seen
}

/** The commit as its writer gave it. */
export function withoutPlace({ id, stream, expect, events, meta }: Committed): Commit {
  return { id, stream, expect, events, meta }
}
