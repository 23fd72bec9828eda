import { DatabaseSync } from "node:sqlite"
import fc from "fast-check"
import { expect, test } from "vitest"
import { decodePostings } from "../search/posting-list.ts"
import { openIndexDatabase } from "./database.ts"
import { inTemporaryFolder } from "./index.testing.ts"
import { keyOf } from "./keys.ts"
import { lexicon } from "./lexicon.ts"
import { postingCollector } from "./postings.ts"
import { orderByKey } from "./radix.ts"
import { dropOrphanBlocks, openSegments, type Segments } from "./segments.ts"

/** A document's words by field number. */
type Doc = readonly (readonly string[])[]

function writeBatch(segments: Segments, files: readonly (readonly Doc[])[], firstDoc: number): number {
  const words = lexicon()
  const collector = postingCollector()
  let doc = firstDoc
  const parts = files.map((docs) => {
    const first = doc
    docs.forEach((fields, chunk) => {
      fields.forEach((list, field) => {
        for (const word of list) collector.add(words, words.find(word, 0, word.length, false), field)
      })
      collector.endDocument(chunk, new Uint32Array(6), 0)
    })
    doc += docs.length
    return { firstDoc: first, postings: collector.endFile(words, []) }
  })
  segments.write(parts, firstDoc, doc - 1)
  return doc
}

const readAll = (segments: Segments, word: string, docs: number) => {
  const all = new Uint8Array(docs).fill(1)
  const list = decodePostings(segments.lists(keyOf(word)), Uint32Array.from(all.keys()), all)
  return Array.from({ length: list.length }, (_, at) => [
    list.docs[at],
    list.fields[at],
    ...list.counts.slice(at * 3, at * 3 + 3),
  ])
}

/** What the postings of a word must be, counted straight from the documents. */
const expected = (docs: readonly Doc[], word: string) =>
  docs.flatMap((fields, at) => {
    const counts = Array.from({ length: 6 }, (_, field) => (fields[field] ?? []).filter((one) => one === word).length)
    const bits = counts.reduce((sum, count, field) => sum + (count > 0 ? 1 << field : 0), 0)
    return bits === 0 ? [] : [[at + 1, bits, ...counts.slice(3)]]
  })

const vocabulary = ["alpha", "bravo", "carrot", "delta", "echo", "foxtrot"]
const docOf = fc.array(fc.array(fc.constantFrom(...vocabulary), { maxLength: 4 }), { minLength: 6, maxLength: 6 })
const batchesOf = fc.array(fc.array(fc.array(docOf, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 }), {
  minLength: 1,
  maxLength: 5,
})

test("what was written in batches is read back exactly, before and after a merge, and after opening again", async () => {
  await inTemporaryFolder(async (folder) => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(batchesOf, async (batches) => {
        const path = `${folder}/${run++}.db`
        const { db } = openIndexDatabase(path)
        const segments = openSegments(db, 0)
        let doc = 1
        for (const batch of batches) doc = writeBatch(segments, batch, doc)
        const docs = batches.flat(2)
        const check = (of: Segments) => {
          for (const word of vocabulary) expect(readAll(of, word, doc)).toEqual(expected(docs, word))
        }
        check(segments)
        await segments.merge({ isLive: () => true, pause: async () => {}, all: true })
        expect(segments.count).toBe(1)
        check(segments)
        db.close()
        const again = new DatabaseSync(path)
        check(openSegments(again, 0))
        again.close()
      }),
      { numRuns: 25 },
    )
  })
})

test("a merge drops the postings of documents that are gone", async () => {
  await inTemporaryFolder(async (folder) => {
    const { db } = openIndexDatabase(`${folder}/a.db`)
    const segments = openSegments(db, 0)
    const doc: Doc = [["alpha"]]
    writeBatch(segments, [[doc, doc]], 1)
    writeBatch(segments, [[doc]], 3)
    await segments.merge({ isLive: (one) => one !== 2, pause: async () => {}, all: true })
    expect(readAll(segments, "alpha", 4).map(([at]) => at)).toEqual([1, 3])
    db.close()
  })
})

test("a merge that was cut off leaves the index as it was, and its blocks are removed", async () => {
  await inTemporaryFolder(async (folder) => {
    const { db } = openIndexDatabase(`${folder}/a.db`)
    const segments = openSegments(db, 0)
    const many = Array.from({ length: 400 }, (_, at): Doc => [[`word${at}`, "alpha"]])
    writeBatch(segments, [many], 1)
    writeBatch(segments, [many], 401)
    const blocks = () => Number(db.prepare("SELECT count(*) AS n FROM block").get()?.n)
    const before = blocks()
    const cut = segments.merge({ isLive: () => true, pause: () => Promise.reject(new Error("killed")), all: true })
    await expect(cut).rejects.toThrow("killed")
    expect(blocks()).toBeGreaterThan(before)
    dropOrphanBlocks(db)
    expect(blocks()).toBe(before)
    expect(readAll(openSegments(db, 0), "alpha", 801)).toHaveLength(800)
    db.close()
  })
})

test("many small batches are merged step by step, and no list is lost", async () => {
  await inTemporaryFolder(async (folder) => {
    const { db } = openIndexDatabase(`${folder}/a.db`)
    const segments = openSegments(db, 0)
    let doc = 1
    for (let n = 0; n < 70; n++) {
      doc = writeBatch(segments, [[[["alpha", `only${n}`]]]], doc)
      while (await segments.merge({ isLive: () => true, pause: async () => {} }));
    }
    expect(segments.count).toBeLessThan(8)
    expect(readAll(segments, "alpha", doc)).toHaveLength(70)
    expect(readAll(segments, "only33", doc).map(([at]) => at)).toEqual([34])
    db.close()
  })
})

test("keys are sorted by number, equal ones in the order of their arrays", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat({ max: 2 ** 40 - 1 }), { maxLength: 30 }), { maxLength: 5 }), (lists) => {
      const { part, term } = orderByKey(lists.map((list) => Float64Array.from(list)))
      const sorted = Array.from(part, (p, at) => ({ key: lists[p]?.[term[at] ?? 0] ?? -1, p }))
      const wanted = lists
        .flatMap((list, p) => list.map((key) => ({ key, p })))
        .sort((a, b) => a.key - b.key || a.p - b.p)
      expect(sorted).toEqual(wanted)
    }),
  )
})
