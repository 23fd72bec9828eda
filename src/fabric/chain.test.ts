import { createHash } from "node:crypto"
import fc from "fast-check"
import { expect, test } from "vitest"
import { newId } from "../base/ids.ts"
import { canonicalJson } from "./canonical.ts"
import { chainHash, checkedCommit, decodeCommit, encodeCommit, genesis } from "./chain.ts"
import type { Commit } from "./ports.ts"

const text = () => fc.string({ unit: "grapheme" })
const json = () =>
  fc.jsonValue({ stringUnit: "grapheme" }).map((value): unknown => JSON.parse(JSON.stringify(value).toWellFormed()))

const commits = (): fc.Arbitrary<Commit> =>
  fc.record({
    id: fc.constant(newId()),
    stream: fc.constantFrom("conv.1", "seal.core", "a"),
    expect: fc.nat(),
    events: fc.tuple(event()),
    meta: fc.record(
      { actor: text(), node: text(), epoch: fc.nat(), at: text(), cause: text(), trace: text() },
      { requiredKeys: ["actor", "node", "epoch", "at"] },
    ),
  })
const event = () => fc.record({ type: text().filter((type) => type !== ""), v: fc.integer({ min: 1 }), data: json() })

test("the canonical commit is the canonical JSON of its five parts", () => {
  fc.assert(
    fc.property(commits(), ({ id, stream, expect: head, events, meta }) => {
      const written = encodeCommit({ id, stream, expect: head, events, meta })
      expect(written).toBe(canonicalJson({ id, stream, expect: head, events, meta }))
    }),
  )
})

test("a commit reads back as it was, with its place", () => {
  fc.assert(
    fc.property(commits(), (commit) => {
      const read = decodeCommit("core", 7, checkedCommit("core", commit))
      expect(read).toEqual({ ...JSON.parse(JSON.stringify(commit)), log: "core", pos: 7 })
      expect(encodeCommit(read)).toBe(encodeCommit(commit))
    }),
  )
})

test("the chain is SHA-256 of the hash before, in hexadecimal, and the commit in UTF-8, of any length", () => {
  let ours = genesis
  let theirs = Buffer.alloc(32)
  for (const body of ["", "a", "€😀", "x".repeat(70_000), "é".repeat(200_000), "short again"]) {
    ours = chainHash(ours, body)
    theirs = createHash("sha256").update(theirs.toString("hex")).update(body).digest()
    expect(Buffer.from(ours)).toEqual(theirs)
  }
})

test("text that is no commit is not taken for one", () => {
  for (const body of ["", "null", "1", "[]", "{}", '{"id":"x","stream":"s","expect":0,"meta":{},"events":[]}'])
    expect(() => decodeCommit("core", 1, body)).toThrow()
})

test("what an event or the meta data has too much is refused, not dropped", () => {
  const commit = fc.sample(commits(), 1)[0] as Commit
  const extra = { ...commit, events: [{ type: "t", v: 1, data: 1, extra: 1 }] } as unknown as Commit
  expect(() => checkedCommit("core", extra)).toThrow("more than a type")
  const meta = { ...commit, meta: { ...commit.meta, extra: 1 } } as unknown as Commit
  expect(() => checkedCommit("core", meta)).toThrow("extra")
})
