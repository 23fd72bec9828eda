import { posix } from "node:path"
import type { CodeIndex } from "../../code/code-index.ts"
import { wordsOf } from "../../code/conventions/name-style.ts"
import { isTestPath } from "../../code/graph/families.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { parseFile } from "../../code/parse/parse-file.ts"

export const kinds = ["module", "component", "route", "test"] as const
export type Kind = (typeof kinds)[number]

const places: Record<Kind, RegExp> = {
  component: /(?:^|\/)components?\/|\.component\.|(?:^|\/)[A-Z]\w*\.(?:tsx|jsx|vue|svelte)$/,
  route:
    /(?:^|\/)(?:routes?|routers?|endpoints|controllers?|handlers|pages|views|api)\/|[._-](?:route|router|controller|handler)s?\./i,
  module: /./,
  test: /./,
}
const isIndex = (path: string) => /(?:^|\/)(?:index|main|mod|lib|__init__)\.[^/]+$/.test(path)
/** A neighbour with more lines is no pattern to copy. */
const longest = 400

/**
 * The file that a new one of this kind should look like: of its kind and folder, of a name with words in common, small;
 * undefined where there is none. `under`: the folder of a member, "" for the project.
 */
export async function neighbourOf(
  index: Pick<CodeIndex, "files" | "text" | "search">,
  {
    kind,
    about,
    under,
    beside,
    signal,
  }: {
    readonly kind: Kind
    /** The name or the description. */
    readonly about: string
    readonly under: string
    /** The folder where the new file is to be, where that is said. */
    readonly beside?: string | undefined
    readonly signal: AbortSignal
  },
): Promise<string | undefined> {
  const fits = (path: string) =>
    languageOf(path)?.grammar !== undefined &&
    !/\.(json|ya?ml|toml|html|css|scss|md|sh|d\.[cm]?ts|min\.js|sql)$|\.config\.[cm]?[jt]s$/.test(path) &&
    (kind === "test") === isTestPath(path) &&
    !isIndex(path) &&
    places[kind].test(under === "" ? path : path.slice(under.length))
  const all = index.files(under === "" ? undefined : under).filter(fits)
  if (all.length === 0) return undefined
  const wanted = new Set(wordsOf(about))
  const near = await nearest(index, about, under, signal)
  const inFolder = new Map<string, number>()
  for (const path of all) inFolder.set(posix.dirname(path), (inFolder.get(posix.dirname(path)) ?? 0) + 1)
  const score = (path: string) => {
    const folder = posix.dirname(path)
    const words = wordsOf(posix.basename(path).split(".")[0] ?? "")
    return (
      (folder === beside ? 100 : 0) +
      words.filter((word) => wanted.has(word)).length * 3 +
      wordsOf(folder).filter((word) => wanted.has(word)).length * 4 +
      (near.get(path) ?? 0) +
      // Beside sources there may lie what is built from them.
      (/(?:^|\/)(?:src|lib|app)\//.test(path) ? 5 : 0) +
      Math.min(4, inFolder.get(folder) ?? 0)
    )
  }
  const best = all
    .map((path) => ({ path, score: score(path) }))
    .sort((a, b) => b.score - a.score || a.path.length - b.path.length || (a.path < b.path ? -1 : 1))
  for (const { path } of best.slice(0, 20)) {
    const text = await index.text(path)
    if (text && text.split("\n").length <= longest && !(await parseFile(path, text)).hasErrors) return path
  }
  return undefined
}

/** Up to three points for what a search finds. */
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
  return new Map(hits.map(({ path }, at) => [path, 3 * (1 - at / 10)]))
}
