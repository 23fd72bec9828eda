import { lstatSync } from "node:fs"
import { isGitFolderName } from "../path-rules.ts"
import { fsPath, namesIn } from "./byte-names.ts"
import type { Uncovered } from "./tree-object.ts"

/** What a checkpoint covers. Whatever it leaves out it names, in the report that comes with it. */
export interface CoverageLimits {
  /** Larger files are named, not stored. */
  readonly maxFileBytes: number
  /** A folder of dependencies or build output is covered up to so many names and bytes; a larger one is named. */
  readonly maxDependencyFiles: number
  readonly maxDependencyBytes: number
}

export const defaultLimits: CoverageLimits = {
  maxFileBytes: 256 * 1024 * 1024,
  maxDependencyFiles: 5_000,
  maxDependencyBytes: 128 * 1024 * 1024,
}

/** Why something is not covered, with the cap that it is over. */
export function spokenReason(why: Uncovered, limits: CoverageLimits = defaultLimits): string {
  const mebibytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MiB`
  switch (why) {
    case "too large":
      return `larger than ${mebibytes(limits.maxFileBytes)}`
    case "dependencies":
      return `more than ${limits.maxDependencyFiles.toLocaleString("en-US")} files or ${mebibytes(limits.maxDependencyBytes)} that tools made`
    case "unreadable":
      return "not readable"
    case "not a file":
      return "no file, folder or link"
    case "own data":
      return "RubberDuck's own data"
  }
}

/** Folders that tools fill and can fill again. Their names alone decide nothing: a small one is covered as any other. */
const dependencyFolders: ReadonlySet<string> = new Set([
  ...["node_modules", "bower_components", "jspm_packages", ".pnpm-store", ".yarn"],
  ...[".venv", "venv", "site-packages", "__pycache__", ".tox", ".nox", ".mypy_cache", ".pytest_cache", ".ruff_cache"],
  ...["vendor", "target", "dist", "build", "out", "_build", "deps", ".elixir_ls", ".gradle", ".m2", "Pods"],
  ...[".next", ".nuxt", ".output", ".svelte-kit", ".turbo", ".parcel-cache", ".cache", ".vite", ".angular"],
  ...[".terraform", ".direnv", "DerivedData", "coverage", ".nyc_output", ".eggs", ".stack-work", "zig-cache"],
])

export const isDependencyFolder = (name: string): boolean => dependencyFolders.has(name)

/** Names that are no part of any checkpoint and are never touched: git's own, and what a write of ours left half done. */
export const isIgnoredName = (name: string): boolean => isGitFolderName(name) || isTemporaryName(name)

const isTemporaryName = (name: string) => name.startsWith(".duck-") && /^\.duck-[0-9A-HJKMNP-TV-Z]{26}\.tmp$/.test(name)

/** Whether a folder holds more than the limits allow; looks no further than it takes to know. */
export function isOverLimit(folder: string, limits: CoverageLimits): boolean {
  let files = 0
  let bytes = 0
  const pending = [folder]
  for (let at = pending.pop(); at !== undefined; at = pending.pop()) {
    for (const name of namesOrNone(at)) {
      const stats = lstatSync(fsPath(`${at}/${name}`), { throwIfNoEntry: false })
      if (stats?.isDirectory()) pending.push(`${at}/${name}`)
      files += 1
      bytes += stats?.isFile() && stats.size <= limits.maxFileBytes ? stats.size : 0
      if (files > limits.maxDependencyFiles || bytes > limits.maxDependencyBytes) return true
    }
  }
  return false
}

function namesOrNone(folder: string): string[] {
  try {
    return namesIn(folder)
  } catch {
    // Not readable, or gone: the scan itself says so.
    return []
  }
}
