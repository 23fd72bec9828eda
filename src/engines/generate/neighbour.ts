import { posix } from "node:path"
import { throwIfAborted } from "../../base/signal.ts"
import { count } from "../../base/text.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import { wordsOf } from "../../code/conventions/name-style.ts"
import { isTestPath } from "../../code/graph/families.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { mostTypical } from "./typical.ts"

export const kinds = ["module", "component", "route", "test"] as const
export type Kind = (typeof kinds)[number]

const places: Record<Kind, RegExp> = {
  component: /(?:^|\/)components?\/|\.component\.|(?:^|\/)[A-Z]\w*\.(?:tsx|jsx|vue|svelte)$/,
  route:
    /(?:^|\/)(?:routes?|routers?|endpoints|controllers?|handlers|pages|views|api)\/|[._-](?:route|router|controller|handler)s?\./i,
  module: /./,
  test: /./,
}
const isIndex = (path: string) => /(?:^|\/)(?:index|main|mod|lib|__init__|setup|conftest)\.[^/]+$/.test(path)
const isNoPattern = (path: string) =>
  /\.(json|ya?ml|toml|html|css|scss|md|sh|d\.[cm]?ts|min\.js|sql)$|\.config\.[cm]?[jt]s$|[._-]generated\./.test(path)
/** What lies here is no part of the program, or is on its way out. */
const aside =
  /(?:^|\/)(?:examples?|fixtures?|bench(?:marks?)?|scripts?|docs?|vendor|third_party|generated|dist|build|deprecated|legacy|__mocks__)(?:\/|$)/i
const mostFolders = 3

/** The file that a new one is to be like, and what spoke for it. */
export interface Neighbour {
  readonly path: string
  /** "its folder holds 12 modules", the strongest first. */
  readonly why: readonly string[]
}

export interface Sought {
  readonly kind: Kind
  /** The name or the description. */
  readonly about: string
  /** The folder of a member, "" for the project. */
  readonly under: string
  /** The folder where the new file is to be, where that is said. */
  readonly beside?: string | undefined
  readonly signal: AbortSignal
}

type NeighbourIndex = Pick<CodeIndex, "files" | "text" | "search" | "outline" | "importsOf" | "importersOf">

/**
 * The file that a new one of this kind should look like: first the folder, by the words of the name, what a search finds and
 * how many of the kind it holds; then its most typical file. Undefined where there is none.
 */
export async function neighbourOf(index: NeighbourIndex, sought: Sought): Promise<Neighbour | undefined> {
  const { kind, about, under, beside, signal } = sought
  const fits = (path: string) =>
    languageOf(path)?.grammar !== undefined &&
    !isNoPattern(path) &&
    (kind === "test") === isTestPath(path) &&
    !isIndex(path) &&
    places[kind].test(under === "" ? path : path.slice(under.length))
  const all = index.files(under === "" ? undefined : under).filter(fits)
  const wanted = wordsOf(about)
  const near = await nearest(index, about, under, signal)
  const folders = [...Map.groupBy(all, posix.dirname)].map(([folder, paths]) => ({
    paths,
    ...folderScore(folder, paths, { wanted, near, beside, kind }),
  }))
  folders.sort((a, b) => b.score - a.score || b.paths.length - a.paths.length)
  for (const { paths, why } of folders.slice(0, mostFolders)) {
    throwIfAborted(signal)
    const found = await mostTypical(index, paths, { wanted, near, signal })
    if (found) return { path: found.path, why: [...why, ...found.why] }
  }
  return undefined
}

interface Clues {
  readonly wanted: readonly string[]
  readonly near: ReadonlyMap<string, number>
  readonly beside: string | undefined
  readonly kind: Kind
}

/** New files come where most of their kind are, unless the name says otherwise. */
function folderScore(folder: string, paths: readonly string[], { wanted, near, beside, kind }: Clues) {
  const why: string[] = []
  const names = paths.map((path) => wordsOf(posix.basename(path).split(".")[0] ?? ""))
  const own = wordsOf(folder).filter((word) => wanted.includes(word) || wanted.includes(word.replace(/s$/, "")))
  const [first, last] = [wanted[0], wanted.at(-1)]
  // The first and the last word of a name say what it is: "prefer-…", "…-route".
  const alike = wanted.length > 1 ? names.filter((words) => words[0] === first || words.at(-1) === last).length : 0
  const found = paths.reduce((sum, path) => sum + (near.get(path) ?? 0), 0)
  if (folder === beside) why.push("it lies where the new file is to be")
  if (own.length > 0) why.push(`its folder is named after ${own.join(", ")}`)
  if (alike > 0)
    why.push(`${count(alike, "file")} beside it ${alike === 1 ? "begins or ends" : "begin or end"} with the same word`)
  why.push(`its folder holds ${count(paths.length, kind === "test" ? "test file" : "module")}`)
  const score =
    (folder === beside ? 100 : 0) +
    2 * own.length +
    2 * Math.log2(1 + alike) +
    Math.log2(1 + paths.length) +
    Math.min(2, found) +
    // Beside sources there may lie what is built from them.
    (/(?:^|\/)(?:src|lib|app)(?:\/|$)/.test(folder) ? 1 : 0) -
    (aside.test(folder) ? 4 : 0)
  return { score, why }
}

/** Up to one point for what a search finds. */
async function nearest(
  index: Pick<CodeIndex, "search">,
  about: string,
  under: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const text = wordsOf(about).slice(0, 30).join(" ")
  if (text === "") return new Map()
  const filters = under === "" ? {} : { filters: { path: [`${under}/**`] } }
  const { hits } = await index.search({ text, limit: 10, unit: "file", ...filters }, signal)
  return new Map(hits.map(({ path }, at) => [path, 1 - at / 10]))
}
