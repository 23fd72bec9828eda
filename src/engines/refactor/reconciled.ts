import { count } from "../../base/text.ts"
import { type FileEdits, placeOf, type ReadFile, type Refactoring } from "../../code/refactorings/refactoring.ts"

/**
 * What a language server says of a rename, held against what syntax and the index know. A server that has not been told of the
 * whole project (one without a tsconfig.json, say) leaves out what it has not seen: where that was sure, it is not
 * believed; where it was not, the places are still told.
 */
export async function reconciled(
  own: Refactoring,
  served: Refactoring,
  read: (path: string) => Promise<ReadFile>,
): Promise<Refactoring> {
  const [ours, theirs] = await Promise.all([linesOf(own.files, read), linesOf(served.files, read)])
  const missed = [...ours].filter((line) => !theirs.has(line))
  if (missed.length > 0) {
    const note = `${served.by} leaves out ${count(missed.length, "line")} that surely belong to it, such as ${missed[0]}, and was not believed.`
    return { ...own, notes: [...own.notes, note] }
  }
  const unsure = own.unsure
    .filter(({ path, line }) => !theirs.has(`${path}:${line}`))
    .map((place) => ({ ...place, why: `${served.by} does not count it; if it has not seen the file, it can't know` }))
  return { ...served, unsure }
}

/** "src/a.ts:12" of each edit. */
async function linesOf(files: readonly FileEdits[], read: (path: string) => Promise<ReadFile>): Promise<Set<string>> {
  const lines = new Set<string>()
  for (const { path, edits } of files) {
    const { text } = await read(path)
    for (const { start } of edits) lines.add(`${path}:${placeOf(text, start).line}`)
  }
  return lines
}
