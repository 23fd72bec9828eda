import type { FolderView } from "./folder-view.ts"

export type PackageManager =
  | "npm"
  | "pnpm"
  | "yarn"
  | "bun"
  | "cargo"
  | "go"
  | "maven"
  | "gradle"
  | "mix"
  | "pip"
  | "poetry"
  | "uv"
  | "pipenv"
  | "bundler"
  | "composer"

/** Folders of a workspace, as globs relative to its root. */
export interface MemberPatterns {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
}

/** Shell command lines, to be run at the root. */
export interface Commands {
  readonly test?: string | undefined
  readonly lint?: string | undefined
}

/** How projects of one kind are known, built and divided. */
export interface Ecosystem {
  /** Files that make a folder a project of this kind. */
  readonly manifests: readonly string[]
  manager(view: FolderView): Promise<PackageManager | undefined>
  /** What the project calls itself. */
  name(view: FolderView): Promise<string | undefined>
  members?(view: FolderView): Promise<MemberPatterns | undefined>
  commands(view: FolderView, manager: PackageManager): Promise<Commands>
}
