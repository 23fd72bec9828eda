import { lstat } from "node:fs/promises"
import { basename, posix } from "node:path"
import { ecosystems } from "./ecosystems/all.ts"
import type { Ecosystem, PackageManager } from "./ecosystems/ecosystem.ts"
import { type FolderView, folderView } from "./ecosystems/folder-view.ts"
import { pathGlob } from "./glob.ts"
import { projectRoot, type RootOptions } from "./project-root.ts"
import { walk } from "./walk.ts"

export type { PackageManager } from "./ecosystems/ecosystem.ts"

export interface LanguageShare {
  readonly language: string
  readonly files: number
  readonly sizeBytes: number
}

export interface ProjectMember {
  /** Posix, relative to the root. */
  readonly path: string
  readonly name: string
  readonly packageManager: PackageManager
}

export interface ProjectFacts {
  /** Canonical. */
  readonly root: string
  readonly name: string
  readonly isGit: boolean
  /** Most files first. */
  readonly languages: readonly LanguageShare[]
  /** Null where no manifest is at the root. */
  readonly packageManager: PackageManager | null
  /** All of them, where the root is several projects in one. */
  readonly packageManagers: readonly PackageManager[]
  /** Packages of a workspace or monorepo, by path; members of members too. Empty for a project of one piece. */
  readonly members: readonly ProjectMember[]
  /** Shell command lines, to be run at the root. */
  readonly testCommand?: string
  readonly lintCommand?: string
}

export interface DetectOptions extends RootOptions {
  /** Language of a file by its path; undefined for what is none. */
  readonly languageOf: (path: string) => string | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * What kind of project `folder` lies in, from its files alone: nothing is run but git's own listing. Manifests that are
 * malformed count as absent. Throws what `projectRoot` throws.
 */
export async function detectProject(folder: string, options: DetectOptions): Promise<ProjectFacts> {
  const root = await projectRoot(folder, options)
  const { languages, projects } = await survey(root, options)
  const view = await folderView(root)
  const found: { ecosystem: Ecosystem; manager: PackageManager }[] = []
  for (const ecosystem of ecosystems) {
    const manager = await ecosystem.manager(view)
    if (manager) found.push({ ecosystem, manager })
  }
  const names = await Promise.all(found.map(({ ecosystem }) => ecosystem.name(view)))
  const commands = await Promise.all(found.map(({ ecosystem, manager }) => ecosystem.commands(view, manager)))
  const testCommand = commands.map(({ test }) => test).find(Boolean) ?? (await makeTarget(view, "test"))
  const lintCommand = commands.map(({ lint }) => lint).find(Boolean) ?? (await makeTarget(view, "lint"))
  return {
    root,
    name: names.find(Boolean) ?? basename(root),
    isGit: await isThere(`${root}/.git`),
    languages,
    packageManager: found[0]?.manager ?? null,
    packageManagers: found.map(({ manager }) => manager),
    members: await membersOf(root, "", view, projects),
    ...(testCommand ? { testCommand } : {}),
    ...(lintCommand ? { lintCommand } : {}),
  }
}

/** One walk: files by language, and the folders that hold a manifest. */
async function survey(root: string, { languageOf, signal }: DetectOptions) {
  const shares = new Map<string, LanguageShare>()
  const projects = new Set<string>()
  const manifests = new Set(ecosystems.flatMap((ecosystem) => ecosystem.manifests))
  for await (const { path, sizeBytes } of walk(root, { signal })) {
    if (manifests.has(posix.basename(path))) projects.add(posix.dirname(path))
    const language = languageOf(path)
    if (language === undefined) continue
    const share = shares.get(language) ?? { language, files: 0, sizeBytes: 0 }
    shares.set(language, { language, files: share.files + 1, sizeBytes: share.sizeBytes + sizeBytes })
  }
  const languages = [...shares.values()].sort((a, b) => b.files - a.files || b.sizeBytes - a.sizeBytes)
  return { languages, projects }
}

/** The members of the workspace at `base` (relative to the root, "" for itself) and, recursively, of those. */
async function membersOf(
  root: string,
  base: string,
  view: FolderView,
  projects: ReadonlySet<string>,
): Promise<ProjectMember[]> {
  const found = new Map<string, ProjectMember>()
  for (const ecosystem of ecosystems) {
    const patterns = await ecosystem.members?.(view)
    if (!patterns) continue
    const include = patterns.include.map((pattern) => pathGlob(posix.normalize(pattern)))
    const exclude = patterns.exclude.map((pattern) => pathGlob(posix.normalize(pattern)))
    for (const path of projects) {
      const own = base === "" ? path : path.startsWith(`${base}/`) ? path.slice(base.length + 1) : undefined
      if (own === undefined || own === "." || found.has(path)) continue
      if (!include.some((glob) => glob?.(own)) || exclude.some((glob) => glob?.(own))) continue
      const inner = await folderView(posix.join(root, path))
      const packageManager = await ecosystem.manager(inner)
      if (!packageManager) continue
      const name = (await ecosystem.name(inner)) ?? posix.basename(path)
      // The lock file, which tells npm from pnpm, stands at the top.
      found.set(path, { path, name, packageManager: (await ecosystem.manager(view)) ?? packageManager })
      for (const member of await membersOf(root, path, inner, projects)) found.set(member.path, member)
    }
  }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

async function makeTarget(view: FolderView, target: "test" | "lint"): Promise<string | undefined> {
  const text = (await view.text("Makefile")) ?? (await view.text("makefile")) ?? (await view.text("GNUmakefile"))
  return text !== undefined && new RegExp(`^${target}\\s*:(?!=)`, "m").test(text) ? `make ${target}` : undefined
}

const isThere = (path: string) =>
  lstat(path).then(
    () => true,
    () => false,
  )
