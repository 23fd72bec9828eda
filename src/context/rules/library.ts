import { posix } from "node:path"
import type { Finding } from "../../code/finding.ts"
import { walk } from "../../workspace/walk.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { defaultRules } from "./defaults.ts"
import { type Dependencies, dependenciesOf, isManifest } from "./dependencies.ts"
import { firstOfGroup, placeOf } from "./places.ts"
import { findPlaces, hasChanged, type ReadRule, type RuleFolder, readPlaces } from "./read-rules.ts"
import type { Rule } from "./rule.ts"
import { dependencyPlaces, type OutsidePlaces } from "./sources.ts"

/** Every file of rules that a project is under, as last read. */
export interface Library {
  /** Rules of all files, and the built-in ones. */
  rules(): readonly Rule[]
  problems(): readonly Finding[]
  /** Files that another of their folder goes before, by the path people see. */
  behind(): ReadonlyMap<string, string>
  /** Names of what the project uses. */
  frameworks(): ReadonlySet<string>
  files(): readonly LibraryFile[]
  /** Reads everything. */
  load(how: LoadOptions): Promise<void>
  /** Takes in what a watcher tells: true where it was anything to rules. Paths may be folders. */
  take(paths: readonly string[]): Promise<boolean>
  /** Looks for what no watcher tells: files that git ignores, those outside of the project; `all`: every file. */
  look(how: LoadOptions & { readonly all: boolean }): Promise<boolean>
}

export interface LibraryFile extends ReadRule {
  /** As people write the path. */
  readonly shown: string
  readonly from: "project" | "outside"
}

export interface LoadOptions {
  readonly withDependencies: boolean
  /** The user's own. */
  own(): Promise<readonly OutsidePlaces[]>
}

export interface LibraryOptions {
  readonly workspace: Workspace
  /** Paths of the project's files, where they are known; else the tree is walked. */
  paths(): readonly string[] | undefined
}

export function openLibrary({ workspace, paths }: LibraryOptions): Library {
  const project: RuleFolder = { workspace, prefix: "", shown: (path) => path }
  const files = new Map<string, ReadRule>()
  /** Those that a watcher of the project's files hears of. */
  const covered = new Set<string>()
  let outside = new Map<string, { readonly folder: RuleFolder; readonly file: ReadRule }>()
  let dependencies: Dependencies = { npm: new Set(), mix: new Set(), names: new Set() }

  const known = async () => {
    const given = paths()
    if (given) return given
    const walked: string[] = []
    for await (const { path } of walk(workspace.root)) {
      if (placeOf(path) || isManifest(path)) walked.push(path)
    }
    return walked
  }

  const readOutside = async (all: readonly OutsidePlaces[]) => {
    const next: typeof outside = new Map()
    for (const { folder, places } of all) {
      for (const file of await readPlaces(folder, places)) {
        if (file) next.set(folder.shown(file.place.path), { folder, file })
      }
    }
    return next
  }

  const everywhere = async ({ withDependencies, own }: LoadOptions) => [
    ...(await own()),
    ...(withDependencies ? await dependencyPlaces(workspace, dependencies) : []),
  ]

  const reread = async (wanted: readonly string[]) => {
    const places = wanted.map((path) => files.get(path)?.place ?? placeOf(path)).filter((place) => place !== undefined)
    const read = await readPlaces(project, places)
    let isChanged = false
    places.forEach((place, at) => {
      const before = files.get(place.path)
      const now = read[at]
      if (now) files.set(place.path, now)
      else files.delete(place.path)
      isChanged ||= !isSame(before, now)
    })
    return isChanged
  }

  const shownFiles = (): LibraryFile[] => [
    ...[...files.values()].map((file) => ({ ...file, shown: file.place.path, from: "project" as const })),
    ...[...outside].map(([shown, { file }]) => ({ ...file, shown, from: "outside" as const })),
  ]

  return {
    rules: () => [...defaultRules, ...shownFiles().flatMap(({ rule }) => rule ?? [])],
    problems: () => shownFiles().flatMap(({ problems }) => problems),
    behind: () => firstOfGroup([...files.values()].filter(({ rule }) => rule !== undefined).map(({ place }) => place)),
    frameworks: () => dependencies.names,
    files: shownFiles,
    async load(how) {
      const all = await known()
      const places = await findPlaces(workspace, all)
      const read = await readPlaces(project, places)
      files.clear()
      for (const file of read) if (file) files.set(file.place.path, file)
      covered.clear()
      for (const path of all) if (files.has(path)) covered.add(path)
      dependencies = await dependenciesOf(workspace, all)
      outside = await readOutside(await everywhere(how))
    },
    async take(changed) {
      const wanted = new Set<string>()
      let isManifestChanged = false
      for (const path of changed) {
        if (placeOf(path)) {
          wanted.add(path)
          covered.add(path)
        }
        isManifestChanged ||= isManifest(path)
      }
      const told = new Set(changed)
      const isTold = (path: string): boolean => path !== "." && (told.has(path) || isTold(posix.dirname(path)))
      for (const [path, { stamps }] of files) if ([...stamps.keys()].some(isTold)) wanted.add(path)
      if (isManifestChanged) dependencies = await dependenciesOf(workspace, await known())
      const isChanged = wanted.size > 0 && (await reread([...wanted]))
      return isChanged || isManifestChanged
    },
    async look({ all, ...how }) {
      const there = await findPlaces(workspace, [])
      const wanted = there.map(({ path }) => path).filter((path) => !files.has(path))
      for (const [path, file] of files) {
        if ((all || !covered.has(path)) && (await hasChanged(workspace, file))) wanted.push(path)
      }
      const isChanged = wanted.length > 0 && (await reread(wanted))
      const places = await everywhere(how)
      const paths = new Set(places.flatMap(({ folder, places: some }) => some.map(({ path }) => folder.shown(path))))
      let isMoved = paths.size !== outside.size || [...paths].some((path) => !outside.has(path))
      for (const { folder, file } of outside.values()) isMoved ||= await hasChanged(folder.workspace, file)
      if (isMoved) outside = await readOutside(places)
      return isChanged || isMoved
    },
  }
}

const isSame = (a: ReadRule | undefined, b: ReadRule | undefined) =>
  a?.hash === b?.hash && a?.rule?.text === b?.rule?.text && a?.problems.length === b?.problems.length
