import { posix } from "node:path"
import type { CodeIndex } from "../../code/code-index.ts"
import { wordsOf } from "../../code/conventions/name-style.ts"
import { isTestPath } from "../../code/graph/families.ts"

/** A file that names the modules of a folder, one like the other: an index, a list of routes, a registry. */
export interface Registration {
  readonly path: string
  /** Lines by which the neighbour is named as its siblings are, from the top. */
  readonly lines: readonly number[]
}

const mostFiles = 200
const isIndex = /(?:^|\/)(?:index|main|mod|lib|__init__)\.[^/]+$/
const writtenIn = (path: string) => posix.extname(path).replace(/x$/, "")
const mostBytes = 400_000

/**
 * Where a neighbour is registered: files in which a line that names it turns into another line of the file when a
 * sibling's name is put in its place. `rename(text, sibling)` writes a sibling's name for the neighbour's.
 */
export async function registrationsOf(
  index: Pick<CodeIndex, "files" | "text" | "importersOf">,
  neighbour: string,
  rename: (text: string, sibling: string) => string,
): Promise<readonly Registration[]> {
  const folder = posix.dirname(neighbour)
  const extension = posix.extname(neighbour)
  const isSibling = (path: string) =>
    path !== neighbour &&
    posix.dirname(path) === folder &&
    posix.extname(path) === extension &&
    !isTestPath(path) &&
    !isIndex.test(path)
  const around = index.files(folder === "." ? undefined : folder)
  const siblings = around.filter(isSibling).slice(0, mostFiles)
  const importers = (await index.importersOf(neighbour)).items.map(({ path }) => path)
  // Not every registry imports: `mod a;`, a list of names, a table of routes.
  const near = [folder, posix.dirname(folder)].flatMap((at) =>
    index.files(at === "." ? undefined : at).filter((path) => posix.dirname(path) === at),
  )
  // Renaming is dear: it is tried on lines in which the name stands, with siblings that the file names.
  const named = inAnyStyle(nameOf(neighbour))
  const found: Registration[] = []
  for (const path of new Set([...importers, ...near])) {
    // What is written in another language of the family is mostly built from this one.
    if (path === neighbour || isTestPath(path) || writtenIn(path) !== writtenIn(neighbour)) continue
    const text = await index.text(path)
    if (text === undefined || text.length > mostBytes) continue
    const lines = text.split("\n")
    const all = new Set(lines)
    const listed = new Set<string>()
    const others = siblings.filter((sibling) => sibling !== path)
    const spoken = others.filter((sibling) => inAnyStyle(nameOf(sibling)).test(text))
    if (spoken.length < others.length / 2) continue
    const alike = lines.flatMap((line, at) => {
      if (line.trim().length < 3 || !named.test(line)) return []
      const same = spoken.filter((sibling) => {
        const other = rename(line, nameOf(sibling))
        return other !== line && all.has(other)
      })
      for (const sibling of same) listed.add(sibling)
      return same.length > 0 ? [at + 1] : []
    })
    // One that names few of them uses them; one that names most of them is a list of them.
    if (listed.size < others.length / 2) continue
    if (alike.length > 0) found.push({ path, lines: alike })
  }
  return found
}

const inAnyStyle = (name: string) => new RegExp(wordsOf(name).map(RegExp.escape).join("[^a-z0-9]?"), "i")

/** The name of a module by its file: "user" of user.ts, user.route.ts and user/index.ts. */
export function nameOf(path: string): string {
  const base = posix.basename(path).split(".")[0] ?? ""
  return /^(index|mod|__init__|main)$/.test(base) ? posix.basename(posix.dirname(path)) : base
}

/** The text with a copy of each of these lines after it, rewritten. What is there already is not written again. */
export function registered(text: string, lines: readonly number[], rewrite: (line: string) => string): string {
  const chosen = new Set(lines)
  const all = text.split("\n")
  const known = new Set(all)
  return all
    .flatMap((line, at) => {
      const copy = rewrite(line)
      return chosen.has(at + 1) && !known.has(copy) ? [line, copy] : [line]
    })
    .join("\n")
}
