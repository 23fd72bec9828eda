import { fieldNames } from "../index/fields.ts"

/**
 * Every number by which search ranks, in one place. They were chosen on several repositories and the standard library of
 * another language with `bench/retrieval`, coarsely, and where a range did equally well its middle was taken: see
 * docs/decisions/052-ranking.md before changing one.
 */
export const weights = {
  /** Weight of a word by the field it stands in, for chunks. */
  fields: byField({ name: 4, within: 1.5, signature: 2.5, doc: 3.5, body: 1, comment: 1.2 }),
  /** How far a field's length counts against it, 0 to 1 (BM25's b). */
  lengthNorm: byField({ name: 0.3, within: 0.3, signature: 0.4, doc: 0.5, body: 0.7, comment: 0.5 }),
  /** Saturation of a word's weighted count (BM25's k1). */
  saturation: 1.4,
  /** Whole files are ranked as well, by the sum over their chunks and their path. */
  file: {
    fields: byField({ name: 3, within: 0, signature: 1.5, doc: 3, body: 1, comment: 1.2 }),
    lengthNorm: 0.5,
    saturation: 3,
    /** A word in the file's own name, and in a folder's. */
    baseName: 8,
    folder: 3,
  },
  history: {
    saturation: 1.2,
    lengthNorm: 0.5,
    /** Commits that are looked at, best first. */
    commits: 400,
    /** After so many days a commit counts half, but never less than the floor. */
    halfLifeDays: 540,
    ageFloor: 0.35,
  },
  /** Words the query did not say itself. */
  query: {
    /** The whole of a compound word, and its parts. */
    whole: 1.5,
    part: 0.7,
    /** Words that every question and commit message uses. */
    chatter: 0.5,
    /** Another word for the same (`config` for `configuration`). */
    synonym: 0.25,
  },
  /** The parts of a hit's score. Each signal is 0 to 1 before it is weighed. */
  chunkSignals: { words: 1, name: 0.35, file: 0.35, history: 0.1, rank: 0.05, text: 0.3, vector: 0.6 },
  fileSignals: { words: 0.6, name: 0.1, file: 1, history: 0.7, rank: 0.08, text: 0.2, vector: 0.4 },
  /** By vectors: see docs/decisions/056-search-by-meaning.md. */
  meaning: {
    /** Less alike than this is not alike: a question about something else entirely finds nothing. */
    least: 0.25,
    /** Chunks that are looked at for their meaning alone, most alike first. */
    candidates: 100,
  },
  /** Each further hit of one file counts this much of the one before. */
  sameFile: 0.8,
}

function byField(values: Record<(typeof fieldNames)[number], number>): Float64Array {
  return Float64Array.from(fieldNames, (name) => values[name])
}
