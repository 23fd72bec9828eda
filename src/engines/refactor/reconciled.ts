import { count } from "../../base/text.ts"
import {
  type FileEdits,
  placeOf,
  type ReadFile,
  type Refactoring,
  type TextEdit,
  type UnsurePlace,
  unsureAt,
} from "../../code/refactorings/refactoring.ts"

/** A server's rename, and what it says of single places. */
export interface ServedRename {
  readonly refactoring: Refactoring
  /**
   * What renames a place that means the same; "another" where it means something else, undefined where it can't tell.
   * `sure` and `doubtful`: "src/a.ts:12:3" of what the index has for the same, and of what it doubts.
   */
  meant(
    place: UnsurePlace,
    sure: ReadonlySet<string>,
    doubtful: ReadonlySet<string>,
  ): Promise<TextEdit | "another" | undefined>
}

/** Of more places a server is not asked one by one. */
const mostAsked = 100

/**
 * What a language server says of a rename, put to what syntax and the index know. What these are sure of is done their way:
 * a server may not have been told of the whole project (one without a tsconfig.json, say), and ends a rename at imports
 * (`import { fresh as old }`). What it says beyond that is taken; of the places that it leaves out those are told that may
 * mean the same. Not `trusts`: what the index took for sure is left where the server says that it means something else.
 */
export async function reconciled(
  own: Refactoring,
  { refactoring: served, meant }: ServedRename,
  read: (path: string) => Promise<ReadFile>,
  { trusts = true }: { readonly trusts?: boolean } = {},
): Promise<Refactoring> {
  const files = new Map(own.files.map((file) => [file.path, [...file.edits]]))
  let added = 0
  const add = (path: string, edits: readonly TextEdit[]) => {
    const mine = files.get(path) ?? []
    const more = edits.filter((edit) => !mine.some((one) => meets(one, edit)))
    added += more.length
    if (more.length > 0) files.set(path, [...mine, ...more])
  }
  const counted = await placesOf(served.files, read)
  const sure = await placesOf(own.files, read)
  const doubtful = new Set(own.unsure.map(({ path, line, column }) => `${path}:${line}:${column}`))
  const ask = (place: UnsurePlace) => meant(place, sure, doubtful)
  const taken = trusts ? 0 : await leaveOthers(files, counted, ask, read)
  for (const { path, edits } of served.files) add(path, edits)
  const left = own.unsure.filter(({ path, line, column }) => !counted.has(`${path}:${line}:${column}`))
  const unsure: UnsurePlace[] = []
  for (const [at, place] of left.entries()) {
    const means = at < mostAsked ? await ask(place) : undefined
    if (means === undefined)
      unsure.push({ ...place, why: `${served.by} does not count it, and can't tell what it means` })
    // In a project of its own, as members of a workspace are: it knows the name, and renames in one of them.
    else if (means !== "another") add(place.path, [means])
  }
  if (added === 0 && taken === 0 && unsure.length === own.unsure.length)
    return { ...own, unsure, notes: [...own.notes, `${served.by} knows of no further places.`] }
  const places = [...files.values()].flat().length
  return {
    ...own,
    notes: [`${count(places, "place")} in ${count(files.size, "file")}, as syntax and ${served.by} tell them.`],
    files: [...files].map(([path, edits]) => ({ path, edits })),
    unsure,
    by: served.by,
  }
}

/** Takes out of `files` what means something else; gives how many places. */
async function leaveOthers(
  files: Map<string, TextEdit[]>,
  counted: ReadonlySet<string>,
  meant: (place: UnsurePlace) => Promise<TextEdit | "another" | undefined>,
  read: (path: string) => Promise<ReadFile>,
): Promise<number> {
  let left = 0
  let asked = 0
  for (const [path, edits] of files) {
    const { text } = await read(path)
    const kept: TextEdit[] = []
    for (const edit of edits) {
      const place = unsureAt(path, text, edit.start, "")
      const isCounted = counted.has(`${path}:${place.line}:${place.column}`)
      const isOther = !isCounted && asked++ < mostAsked && (await meant(place)) === "another"
      if (!isOther) kept.push(edit)
    }
    left += edits.length - kept.length
    if (kept.length > 0) files.set(path, kept)
    else files.delete(path)
  }
  return left
}

const meets = (a: TextEdit, b: TextEdit): boolean => (a.start < b.end && b.start < a.end) || a.start === b.start

/** "src/a.ts:12:3" of each edit. */
async function placesOf(files: readonly FileEdits[], read: (path: string) => Promise<ReadFile>): Promise<Set<string>> {
  const places = new Set<string>()
  for (const { path, edits } of files) {
    const { text } = await read(path)
    for (const { start } of edits) {
      const { line, column } = placeOf(text, start)
      places.add(`${path}:${line}:${column}`)
    }
  }
  return places
}
