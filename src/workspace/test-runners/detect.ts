import { readFile } from "node:fs/promises"
import { join, posix } from "node:path"
import { count } from "../../base/text.ts"
import { folderView } from "../ecosystems/folder-view.ts"
import type { Evidence, Framework, FrameworkId, TestedLanguage } from "./framework.ts"
import { frameworks } from "./frameworks.ts"

/** A framework at home in a folder. */
export interface Detected {
  readonly framework: Framework
  /** Posix, relative to the root; "" for itself. */
  readonly folder: string
  /** What speaks for it, the strongest first. */
  readonly evidence: readonly Evidence[]
  /** Its test files below the folder. */
  readonly testFiles: readonly string[]
}

const byEnding: readonly (readonly [RegExp, TestedLanguage])[] = [
  [/\.[cm]?[jt]sx?$/, "javascript"],
  [/\.py$/, "python"],
  [/\.go$/, "go"],
  [/\.rs$/, "rust"],
  [/\.java$/, "java"],
  [/\.exs?$/, "elixir"],
  [/\.rb$/, "ruby"],
]

/** The language that a file is tested in; undefined where none is known for it. */
export const testedLanguageOf = (path: string): TestedLanguage | undefined =>
  byEnding.find(([ending]) => ending.test(path))?.[1]

/** So many of a folder's test files are looked into. */
const mostRead = 40

/**
 * Which framework a file of the project is tested with: of its folder or the nearest above, the one that most speaks for.
 * `paths`: all files of the project. `wanted`: the user's choice. Undefined where there is none for the language.
 */
export async function frameworkFor(
  path: string,
  { root, paths, wanted }: { root: string; paths: readonly string[]; wanted?: FrameworkId | undefined },
): Promise<Detected | undefined> {
  const language = testedLanguageOf(path)
  const possible = frameworks.filter((one) => one.language === language && (!wanted || one.id === wanted))
  if (possible.length === 0) return undefined
  const known = new Set(paths)
  let home: string | undefined
  for (const folder of upwards(path)) {
    const manifests = new Set(possible.flatMap((one) => one.manifests))
    if (![...manifests].some((name) => known.has(folder === "" ? name : `${folder}/${name}`))) continue
    home ??= folder
    const found = await weighed(possible, folder, { root, paths })
    const best = found[0]
    // A package of a workspace often has a manifest that says nothing of tests: the one above it does.
    if (best && best.evidence.length > 0) return best
  }
  const folder = home ?? ""
  const [best] = await weighed(possible, folder, { root, paths })
  if (best && best.evidence.length > 0) return best
  const builtIn = possible.find((one) => one.isBuiltIn) ?? (wanted ? possible[0] : undefined)
  if (!builtIn) return undefined
  const says = wanted ? "you asked for it" : "nothing speaks for another, and it comes with the language"
  return { framework: builtIn, folder, evidence: [{ weight: 0, says }], testFiles: [] }
}

async function weighed(
  possible: readonly Framework[],
  folder: string,
  { root, paths }: { root: string; paths: readonly string[] },
): Promise<Detected[]> {
  const below = paths.filter((path) => folder === "" || path.startsWith(`${folder}/`))
  const view = await folderView(join(root, folder))
  const texts = new Map<string, Promise<string>>()
  const textOf = (path: string) => {
    const known = texts.get(path) ?? readFile(join(root, path), "utf8").catch(() => "")
    texts.set(path, known)
    return known
  }
  const found = await Promise.all(
    possible.map(async (framework): Promise<Detected> => {
      const candidates = below.filter((path) => framework.files.test(path))
      const looked = await Promise.all(candidates.slice(0, mostRead).map(textOf))
      const marked = looked.filter((text) => framework.marks.test(text)).length
      const isAlone = possible.every((one) => one === framework || one.files.source !== framework.files.source)
      const testFiles = candidates.filter((_, i) => isAlone || i >= mostRead || framework.marks.test(looked[i] ?? ""))
      const evidence = [
        ...(marked > 0
          ? [
              {
                weight: 2 + (4 * marked) / looked.length,
                says: `${count(marked, "test file is", "test files are")} written for it`,
              },
            ]
          : []),
        ...(await framework.evidence(view)),
      ].sort((a, b) => b.weight - a.weight)
      return { framework, folder, evidence, testFiles }
    }),
  )
  const sum = ({ evidence }: Detected) => evidence.reduce((all, { weight }) => all + weight, 0)
  return found.sort((a, b) => sum(b) - sum(a))
}

function* upwards(path: string): Generator<string> {
  for (let at = posix.dirname(path); ; at = posix.dirname(at)) {
    yield at === "." ? "" : at
    if (at === "." || at === "/") return
  }
}
