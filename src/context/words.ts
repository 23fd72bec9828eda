import { termsOf, wordsOf } from "../code/index/words.ts"

/** The stems of a text's words, without those that say nothing. */
export const stemsOf = (text: string): ReadonlySet<string> => new Set(wordsOf(text).flatMap(termsOf))
