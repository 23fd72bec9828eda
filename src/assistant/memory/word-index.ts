import { DatabaseSync } from "node:sqlite"

/**
 * Which of some texts have a word, in any of its forms (FTS5 with Porter's stemmer). In memory only: texts that are
 * encrypted at rest are found by their words, and no file has them.
 */
export interface WordIndex {
  has(id: string): boolean
  add(id: string, text: string): void
  /** Ids of the texts that have the word. */
  having(word: string): readonly string[]
  close(): void
}

export function wordIndex(): WordIndex {
  const db = new DatabaseSync(":memory:")
  db.exec("CREATE VIRTUAL TABLE entry USING fts5(text, content = '', tokenize = 'porter unicode61')")
  const insert = db.prepare("INSERT INTO entry (rowid, text) VALUES (?, ?)")
  const match = db.prepare("SELECT rowid FROM entry WHERE entry MATCH ?")
  // The rowid of an entry is its place here, from 1.
  const ids = new Set<string>()
  const byRow: string[] = [""]
  return {
    has: (id) => ids.has(id),
    add(id, text) {
      insert.run(byRow.length, text)
      ids.add(id)
      byRow.push(id)
    },
    having: (word) => match.all(`"${word.replaceAll('"', '""')}"`).map(({ rowid }) => byRow[Number(rowid)] ?? ""),
    close: () => db.close(),
  }
}

const mostWords = 48
/** Words that say nothing of what a text is about. */
const stopWords = new Set(
  (
    "a about all also am an and any are as at be been but by can could did do does for from get had has have he her his how i if " +
    "in into is it its just let make may me my need no not now of on one only or our out please she should so some such " +
    "than that the their them then there these they this those to up us use want was we were what when where which who " +
    "why will with would you your"
  ).split(" "),
)

/** The words that a question is about, each once, at most so many. */
export function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  const telling = words.filter((word) => !stopWords.has(word) && (word.length > 1 || /[^\x20-\x7e]/.test(word)))
  return [...new Set(telling)].slice(0, mostWords)
}
