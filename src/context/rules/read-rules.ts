import { hash } from "node:crypto"
import { posix } from "node:path"
import { asDuckError } from "../../base/errors.ts"
import type { Finding } from "../../code/finding.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { importsOf } from "./imports.ts"
import { parseRule } from "./parse-rule.ts"
import { type Place, placeOf, rootPlaces } from "./places.ts"
import { atTop, problem } from "./problem.ts"
import type { Rule } from "./rule.ts"

/** A file of rules as it last was. */
export interface ReadRule {
  readonly place: Place
  readonly rule: Rule | undefined
  readonly problems: readonly Finding[]
  /** Files whose change changes it, its own and those of its imports: what is known of each, "" of one that is not there. */
  readonly stamps: ReadonlyMap<string, string>
  /** SHA-256 of the text in UTF-8; "" of one that can't be read. */
  readonly hash: string
  /** As it stands in the file. */
  readonly source: string
}

/** A folder that rules are read from: the project, the user's folder of settings. */
export interface RuleFolder {
  readonly workspace: Workspace
  /** Before derived ids. */
  readonly prefix: string
  /** As people write a path of it. */
  shown(path: string): string
}

const maxBytes = 256_000
const mostFiles = 5_000
const deepest = 6
const atOnce = 32

/** Places of rules at the root, in folders that git ignores too, and below them among `paths`. */
export async function findPlaces(workspace: Workspace, paths: readonly string[]): Promise<Place[]> {
  const found = new Map<string, Place>()
  const take = (path: string) => {
    const place = placeOf(path)
    if (place) found.set(path, place)
  }
  for (const path of paths) take(path)
  await Promise.all(rootPlaces.map((path) => filesUnder(workspace, path, take)))
  return [...found.values()].sort(byPath).slice(0, mostFiles)
}

const byPath = (a: Place, b: Place) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0)

/** Every file at or under a path, through links that stay inside; what is not there has none. */
export async function filesUnder(
  workspace: Workspace,
  path: string,
  take: (path: string) => void,
  depth = 0,
): Promise<void> {
  try {
    const { kind } = await workspace.stat(path)
    if (kind === "file") take(path)
    if (kind !== "folder" || depth > deepest) return
    for (const { name } of await workspace.list(path)) {
      if (name === ".git" || name === "node_modules") continue
      await filesUnder(workspace, posix.join(path, name), take, depth + 1)
    }
  } catch (error) {
    const { code } = asDuckError(error)
    if (code === "FILE_NOT_FOUND") return
    // What may not be read is told when it is read as a rule: a link out of the project, a folder of somebody else's.
    if (code === "PATH_REFUSED" || code === "ACCESS_DENIED") take(path)
    else throw error
  }
}

/** Reads the files at the places, a few side by side; undefined for one that is gone. */
export async function readPlaces(folder: RuleFolder, places: readonly Place[]): Promise<(ReadRule | undefined)[]> {
  const read = new Array<ReadRule | undefined>(places.length)
  let next = 0
  const worker = async () => {
    for (let at = next++; at < places.length; at = next++) {
      const place = places[at]
      if (place) read[at] = await readPlace(folder, place)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  return read
}

async function readPlace({ workspace, prefix, shown }: RuleFolder, place: Place): Promise<ReadRule | undefined> {
  const at = shown(place.path)
  const stamps = new Map<string, string>()
  const read = async (path: string) => {
    stamps.set(path, "")
    const file = await workspace.read(path, { maxBytes })
    stamps.set(path, stampOf(file))
    return file.text
  }
  try {
    const text = await read(place.path)
    const brings = place.kind === "whole" && (place.format === "claude" || place.format === "gemini")
    const imported = brings ? await importsOf(place.path, text, read) : { files: [], problems: [] }
    const textHash = hash("sha256", text, "hex")
    const { rule, problems } = parseRule({ place, prefix, shown: at, text, hash: textHash, imported: imported.files })
    const all = [...problems, ...imported.problems.map((one) => ({ ...one, path: shown(one.path) }))]
    return { place, rule, problems: all, stamps, hash: textHash, source: text }
  } catch (error) {
    const { code, message } = asDuckError(error)
    if (code === "FILE_NOT_FOUND") return undefined
    if (code === "INTERNAL") throw error
    const problems = [problem("unreadable", "error", at, atTop, message)]
    return { place, rule: undefined, problems, stamps, hash: "", source: "" }
  }
}

const stampOf = ({ sizeBytes, mtimeMs }: { readonly sizeBytes: number; readonly mtimeMs: number }) =>
  `${sizeBytes} ${mtimeMs}`

/** Whether a file, or one that it imports, is no more what it was when it was read. */
export async function hasChanged(workspace: Workspace, { stamps }: ReadRule): Promise<boolean> {
  for (const [path, stamp] of stamps) {
    const now = await workspace.stat(path).then(stampOf, () => "")
    if (now !== stamp) return true
  }
  return false
}
