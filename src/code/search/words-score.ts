import type { Contents } from "../index/contents.ts"
import { bodyField, commentField, docField, fieldCount, nameField, signatureField } from "../index/fields.ts"
import type { Tree } from "../index/tree.ts"
import type { PathIndex } from "./path-index.ts"
import { decodePostings, type PostingList } from "./posting-list.ts"
import type { QueryTerm } from "./query.ts"
import { weights } from "./weights.ts"

/**
 * How well chunks and files match the words of a query. Scores are shares of what a perfect match would have. Valid until
 * the next call of `scoreWords`.
 */
export interface WordScores {
  /** By document number; 0 where no word stands. */
  readonly chunks: Float32Array
  /** By content id. */
  readonly files: Float32Array
  /** By content id: the best chunk of the content, 0 where none matched. */
  readonly bestChunk: Uint32Array
  /** By content id: the share of the file score that its path has earned. */
  readonly paths: Float32Array
  readonly terms: readonly ScoredTerm[]
}

export interface ScoredTerm {
  readonly term: QueryTerm
  readonly list: PostingList
  readonly chunkIdf: number
  readonly fileIdf: number
  /** Too common to tell chunks apart: its postings were not read. */
  readonly isCommon: boolean
}

export interface WordScoreOptions {
  readonly contents: Contents
  readonly tree: Tree
  readonly paths: PathIndex
  readonly terms: readonly QueryTerm[]
  /** By content id: 1 where filters let it through; all when missing. */
  readonly allowed?: Uint8Array | undefined
}

/** Bytes of posting lists beyond which a word is too common to be read when rarer ones are there. */
const commonBytes = 200_000

/**
 * BM25F (Robertson, Zaragoza 2009) over the fields of chunks, and over whole files with the words of their paths. Counts
 * and lengths are of the live documents of the tree only, so that what else the index holds has no say.
 */
export function scoreWords({ contents, tree, paths, terms, allowed }: WordScoreOptions): WordScores {
  const { docs } = contents
  const chunks = zeroed(0, docs.count)
  const contentCount = tree.live.length
  const files = zeroed(1, contentCount)
  const pathPart = zeroed(2, contentCount)
  const chunkNorms = chunkNormalisation(tree)
  const averageFile = average(fileLengthTotal(tree), tree.totals.contents)
  const { fields: fileWeights, lengthNorm, saturation: fileSaturation, baseName, folder } = weights.file
  const fileCounts = zeroed(3, contentCount)
  const touchedFiles: number[] = []
  let chunkIdeal = 0
  let fileIdeal = 0

  const raw = terms.map((term) => ({ term, lists: contents.segments.lists(term.key) }))
  const sizeOf = (lists: readonly Uint8Array[]) => lists.reduce((sum, list) => sum + list.length, 0)
  const hasRarer = raw.filter(({ lists }) => lists.length > 0 && sizeOf(lists) <= commonBytes).length >= 2
  const scored: ScoredTerm[] = []
  // The user's own words first: another word for the same counts at most as much as a word like the first would.
  const mostOfWord = new Map<number, number>()
  for (const { term, lists } of raw.sort((a, b) => Number(a.term.isSynonym) - Number(b.term.isSynonym))) {
    const isCommon = hasRarer && sizeOf(lists) > commonBytes
    const list = decodePostings(isCommon ? [] : lists, docs.content, tree.live)
    const inPaths = paths.find(term.key)
    if (list.length === 0 && inPaths.size === 0) continue
    const rarity = idf(tree.totals.chunks, list.length)
    const most = mostOfWord.get(term.word) ?? rarity
    if (!term.isSynonym) mostOfWord.set(term.word, Math.max(most, rarity))
    const cap = term.isSynonym ? Math.min(1, most / rarity) : 1
    const chunkIdf = rarity * cap * term.weight

    // Files first, because their document frequency is known only at the end of the list.
    touchedFiles.length = 0
    for (let at = 0; at < list.length; at++) {
      const content = docs.content[list.docs[at] ?? 0] ?? 0
      const before = fileCounts[content] ?? 0
      if (before === 0) touchedFiles.push(content)
      fileCounts[content] = before + countIn(list, at, fileWeights)
    }
    for (const content of touchedFiles) {
      const length = (docs.fileLength[content] ?? 0) / averageFile
      fileCounts[content] = (fileCounts[content] ?? 0) / (1 - lengthNorm + lengthNorm * length)
    }
    const fromPath = new Map<number, number>()
    for (const [path, isOwn] of inPaths) {
      const content = tree.get(path)?.content ?? 0
      const worth = isOwn ? baseName : folder
      if (content !== 0 && worth > (fromPath.get(content) ?? 0)) fromPath.set(content, worth)
    }
    for (const [content, worth] of fromPath) {
      if ((fileCounts[content] ?? 0) === 0) touchedFiles.push(content)
      fileCounts[content] = (fileCounts[content] ?? 0) + worth
    }
    const fileIdf = idf(tree.totals.contents, touchedFiles.length) * cap * term.weight
    if (!term.isSynonym) {
      chunkIdeal += chunkIdf
      fileIdeal += fileIdf
    }
    for (const content of touchedFiles) {
      const count = fileCounts[content] ?? 0
      fileCounts[content] = 0
      if (allowed && allowed[content] !== 1) continue
      const gain = (fileIdf * count) / (count + fileSaturation)
      files[content] = (files[content] ?? 0) + gain
      const worth = fromPath.get(content) ?? 0
      if (worth > 0) pathPart[content] = (pathPart[content] ?? 0) + (gain * worth) / count
    }

    for (let at = 0; at < list.length; at++) {
      const doc = list.docs[at] ?? 0
      if (allowed && allowed[docs.content[doc] ?? 0] !== 1) continue
      const count = normalisedCount(list, at, docs.lengths, doc, chunkNorms)
      chunks[doc] = (chunks[doc] ?? 0) + (chunkIdf * count) / (count + weights.saturation)
    }
    scored.push({ term, list, chunkIdf, fileIdf, isCommon })
  }

  const bestChunk = new Uint32Array(contentCount)
  for (let doc = 1; doc < chunks.length; doc++) {
    const score = chunks[doc] ?? 0
    if (score === 0) continue
    chunks[doc] = score / chunkIdeal
    const content = docs.content[doc] ?? 0
    const best = bestChunk[content] ?? 0
    if (best === 0 || (chunks[doc] ?? 0) > (chunks[best] ?? 0)) bestChunk[content] = doc
  }
  if (fileIdeal > 0) {
    for (let content = 0; content < contentCount; content++) {
      files[content] = (files[content] ?? 0) / fileIdeal
      pathPart[content] = (pathPart[content] ?? 0) / fileIdeal
    }
  }
  return { chunks, files, bestChunk, paths: pathPart, terms: scored }
}

// Large arrays are used again by the next search: a megabyte of garbage for each would have V8 collect all the time.
const reused: Float32Array[] = []
function zeroed(which: number, length: number): Float32Array {
  let array = reused[which]
  if (!array || array.length < length || array.length > length * 4) {
    array = new Float32Array(Math.ceil(length * 1.25))
    reused[which] = array
  }
  return array.subarray(0, length).fill(0)
}

export const idf = (total: number, having: number): number => Math.log(1 + (total - having + 0.5) / (having + 0.5))

const average = (sum: number, count: number) => Math.max(1, sum / Math.max(1, count))

/** The words of a file as its length counts: code, comments and documents. */
const fileLengthTotal = ({ totals }: Tree) =>
  (totals.lengths[docField] ?? 0) + (totals.lengths[bodyField] ?? 0) + (totals.lengths[commentField] ?? 0)

/** For each field: weight / (1 - b + b * length / average), as the two numbers that the length is put in. */
function chunkNormalisation({ totals }: Tree): Float64Array {
  const norms = new Float64Array(fieldCount * 3)
  for (let field = 0; field < fieldCount; field++) {
    const b = weights.lengthNorm[field] ?? 0
    norms[field * 3] = weights.fields[field] ?? 0
    norms[field * 3 + 1] = 1 - b
    // Short fields have averages below one word; a name of one word is no long name.
    norms[field * 3 + 2] = b / average(totals.lengths[field] ?? 0, totals.chunks)
  }
  return norms
}

function normalisedCount(list: PostingList, at: number, lengths: Uint16Array, doc: number, norms: Float64Array) {
  const bits = list.fields[at] ?? 0
  let sum = 0
  for (let field = 0; field < fieldCount; field++) {
    if ((bits & (1 << field)) === 0) continue
    const count = field < docField ? 1 : (list.counts[at * 3 + field - docField] ?? 0)
    const length = lengths[doc * fieldCount + field] ?? 0
    sum += ((norms[field * 3] ?? 0) * count) / ((norms[field * 3 + 1] ?? 1) + (norms[field * 3 + 2] ?? 0) * length)
  }
  return sum
}

function countIn(list: PostingList, at: number, fieldWeights: Float64Array): number {
  const bits = list.fields[at] ?? 0
  let sum = 0
  if (bits & (1 << nameField)) sum += fieldWeights[nameField] ?? 0
  if (bits & (1 << signatureField)) sum += fieldWeights[signatureField] ?? 0
  sum += (list.counts[at * 3] ?? 0) * (fieldWeights[docField] ?? 0)
  sum += (list.counts[at * 3 + 1] ?? 0) * (fieldWeights[bodyField] ?? 0)
  return sum + (list.counts[at * 3 + 2] ?? 0) * (fieldWeights[commentField] ?? 0)
}
