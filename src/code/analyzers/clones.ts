import type { TokenFacts } from "./facts.ts"
import { identifierShape } from "./tokens.ts"

export interface CloneSource {
  readonly path: string
  readonly tokens: TokenFacts
}

export interface Clone {
  /** The copy, and what stands before it in order of paths and lines. */
  readonly path: string
  readonly startLine: number
  readonly endLine: number
  readonly original: { readonly path: string; readonly startLine: number; readonly endLine: number }
  readonly tokens: number
  /** 1: the same tokens. 2: the same but for names and values, each name replaced by one other throughout. */
  readonly type: 1 | 2
}

export interface CloneOptions {
  readonly leastTokens: number
  /** Of clones of type 2: short ones are forms that everybody fills in. */
  readonly leastRenamed: number
  readonly leastLines: number
}

/** A window that occurs more often is that of a table or of a form everybody fills in. */
const maxCandidates = 24
/** Types of tokens that a clone of type 2 must have; long lists of values have fewer. */
const leastShapes = 9

/**
 * Clones of types 1 and 2 (Roy & Cordy 2007) among the tokens of all files: windows of `leastTokens` by a rolling hash
 * (Karp & Rabin 1987), each match compared token by token and grown to both sides as far as it goes.
 */
export function findClones(
  sources: readonly CloneSource[],
  { leastTokens, leastRenamed, leastLines }: CloneOptions,
): Clone[] {
  const text = joined(sources)
  const found: Clone[] = []
  // What is already known to be a copy, so that it is not found again with other names.
  const covered = new Uint8Array(text.length)
  search(text, text.exact, leastTokens, found, covered, 1, leastLines)
  search(text, text.shape, leastRenamed, found, covered, 2, leastLines)
  return found
}

interface Joined {
  readonly sources: readonly CloneSource[]
  readonly length: number
  readonly exact: Int32Array
  readonly shape: Int32Array
  readonly line: Int32Array
  /** For each token, its file. */
  readonly file: Int32Array
  /** For each name, how many tokens before it the same name stood in its file; 0 for the first and for other tokens. */
  readonly since: Int32Array
}

function joined(sources: readonly CloneSource[]): Joined {
  const length = sources.reduce((sum, { tokens }) => sum + tokens.line.length, 0)
  const [exact, shape, line, file] = [0, 0, 0, 0].map(() => new Int32Array(length)) as [
    Int32Array<ArrayBuffer>,
    Int32Array<ArrayBuffer>,
    Int32Array<ArrayBuffer>,
    Int32Array<ArrayBuffer>,
  ]
  let at = 0
  for (const [n, { tokens }] of sources.entries()) {
    exact.set(tokens.exact, at)
    shape.set(tokens.shape, at)
    line.set(tokens.line, at)
    file.fill(n, at, at + tokens.line.length)
    at += tokens.line.length
  }
  return { sources, length, exact, shape, line, file, since: distances(shape, exact, file) }
}

function distances(shape: Int32Array, exact: Int32Array, file: Int32Array): Int32Array {
  const since = new Int32Array(shape.length)
  const last = new Map<number, number>()
  for (let at = 0; at < shape.length; at++) {
    if (at > 0 && file[at] !== file[at - 1]) last.clear()
    if (shape[at] !== identifierShape) continue
    const name = exact[at] ?? 0
    since[at] = at - (last.get(name) ?? at)
    last.set(name, at)
  }
  return since
}

function search(
  text: Joined,
  by: Int32Array,
  window: number,
  found: Clone[],
  covered: Uint8Array,
  type: 1 | 2,
  leastLines: number,
): void {
  const { length, file } = text
  if (length < window * 2) return
  const bits = Math.max(10, Math.min(24, Math.ceil(Math.log2(length * 2))))
  const heads = new Int32Array(1 << bits).fill(-1)
  const earlier = new Int32Array(length).fill(-1)
  const hashes = new Int32Array(length)
  const base = 0x01000193
  let power = 1
  for (let n = 1; n < window; n++) power = Math.imul(power, base)
  let hash = 0
  let filled = 0
  /** Windows that begin before it belong to a clone already taken. */
  let resumeAt = 0
  for (let end = 0; end < length; end++) {
    if (end > 0 && file[end] !== file[end - 1]) filled = 0
    if (filled === 0) hash = 0
    if (filled === window) hash = (hash - Math.imul(by[end - window] ?? 0, power)) | 0
    else filled++
    hash = (Math.imul(hash, base) + (by[end] ?? 0)) | 0
    if (filled < window) continue
    const start = end - window + 1
    hashes[start] = hash
    const slot = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> (32 - bits)
    const head = heads[slot] ?? -1
    if (start >= resumeAt && (type === 1 || !isCovered(covered, start, window))) {
      const best = longest(text, by, head, earlier, hashes, start, window, type)
      if (best) {
        // Other names may go on where these end; the same tokens may belong to a longer copy of something else.
        resumeAt = best.start + best.length - (type === 1 ? window - 1 : 0)
        report(text, best, type, found, covered, leastLines)
      }
    }
    earlier[start] = head
    heads[slot] = start
  }
}

const isCovered = (covered: Uint8Array, start: number, window: number) =>
  covered[start] === 1 && covered[start + window - 1] === 1

interface Match {
  readonly first: number
  readonly start: number
  readonly length: number
}

function longest(
  text: Joined,
  by: Int32Array,
  head: number,
  earlier: Int32Array,
  hashes: Int32Array,
  start: number,
  window: number,
  type: 1 | 2,
): Match | undefined {
  let best: Match | undefined
  let tried = 0
  for (let at = head; at >= 0 && tried < maxCandidates; at = earlier[at] ?? -1) {
    if (hashes[at] !== hashes[start]) continue
    if (at + window > start && text.file[at] === text.file[start]) continue
    tried++
    const match = grown(text, by, at, start, type)
    if (match.length >= window && (!best || match.length > best.length)) best = match
  }
  return best && (type === 1 || isVaried(text, best)) ? best : undefined
}

/** As far as it goes, within the files and without running into itself. */
function grown(text: Joined, by: Int32Array, at: number, start: number, type: 1 | 2): Match {
  const { file, since, length: total } = text
  const inOneFile = file[at] === file[start]
  let length = 0
  while (
    start + length < total &&
    file[start + length] === file[start] &&
    file[at + length] === file[at] &&
    !(inOneFile && at + length >= start) &&
    by[at + length] === by[start + length] &&
    // Names stand for one another throughout where each was last seen equally far back (Baker 1995).
    (type === 1 || within(since, at, length) === within(since, start, length))
  )
    length++
  let before = 0
  while (
    type === 1 &&
    at - before > 0 &&
    file[start - before - 1] === file[start] &&
    file[at - before - 1] === file[at] &&
    !(inOneFile && start - before <= at + length) &&
    by[at - before - 1] === by[start - before - 1]
  )
    before++
  return { first: at - before, start: start - before, length: length + before }
}

/** How far back a name was last seen, 0 when that was before `from`. */
function within(since: Int32Array, from: number, offset: number): number {
  const distance = since[from + offset] ?? 0
  return distance > offset ? 0 : distance
}

function isVaried({ shape }: Joined, { start, length }: Match): boolean {
  const seen = new Set<number>()
  for (let at = start; at < start + length && seen.size < leastShapes; at++) seen.add(shape[at] ?? 0)
  return seen.size >= leastShapes
}

function report(
  text: Joined,
  match: Match,
  type: 1 | 2,
  found: Clone[],
  covered: Uint8Array,
  leastLines: number,
): void {
  const { sources, file, line } = text
  const { first, start, length } = match
  const lines = (from: number) => ({ startLine: line[from] ?? 1, endLine: line[from + length - 1] ?? 1 })
  const [original, copy] = [lines(first), lines(start)]
  covered.fill(1, start, start + length)
  const isLong = ({ startLine, endLine }: typeof copy) => endLine - startLine + 1 >= leastLines
  if (!isLong(original) || !isLong(copy)) return
  found.push({
    path: sources[file[start] ?? 0]?.path ?? "",
    ...copy,
    original: { path: sources[file[first] ?? 0]?.path ?? "", ...original },
    tokens: length,
    type,
  })
}
