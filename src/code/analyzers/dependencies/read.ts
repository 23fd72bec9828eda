import { readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import type { Manifest, ReadText } from "./manifest.ts"
import { nodeManifest } from "./node.ts"
import { cargoManifest, goManifest, gradleManifest, mavenManifest, pythonManifest } from "./others.ts"

/** Lock files of large repositories have some megabytes. */
const mostBytes = 40_000_000

const readers: readonly (readonly [RegExp, (path: string, read: ReadText) => Promise<Manifest | undefined>])[] = [
  [/(?:^|\/)package\.json$/, nodeManifest],
  [/(?:^|\/)(?:pyproject\.toml|requirements[\w.-]*\.txt)$/, pythonManifest],
  [/(?:^|\/)Cargo\.toml$/, cargoManifest],
  [/(?:^|\/)go\.mod$/, goManifest],
  [/(?:^|\/)pom\.xml$/, mavenManifest],
  [/(?:^|\/)build\.gradle(?:\.kts)?$/, gradleManifest],
]

/** Of samples and fixtures: nobody installs them. */
const samples = /(?:^|\/)(?:node_modules|fixtures?|__fixtures__|testdata|vendor)\//

/** Reads files of a project, each once; lock files are often too large for the index, so they come from the disk. */
export function readerOf(root: string): ReadText {
  const known = new Map<string, Promise<string | undefined>>()
  const load = async (path: string) => {
    try {
      const at = join(root, path)
      const { size } = await stat(at)
      return size > mostBytes ? undefined : await readFile(at, "utf8")
    } catch {
      return undefined
    }
  }
  return (path) => {
    const found = known.get(path) ?? load(path)
    known.set(path, found)
    return found
  }
}

/** Manifests among the project's files, with the lock files that hold for them. What can't be read is left out. */
export async function manifestsOf(root: string, paths: readonly string[]): Promise<readonly Manifest[]> {
  const read = readerOf(root)
  const found: Manifest[] = []
  for (const path of paths) {
    if (samples.test(path)) continue
    const reader = readers.find(([pattern]) => pattern.test(path))?.[1]
    const manifest = await reader?.(path, read)
    if (manifest) found.push(manifest)
  }
  return found
}
