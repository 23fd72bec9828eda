/** A package that a manifest asks for. */
export interface Declared {
  readonly name: string
  /** As written: "^1.2.0", ">=3", "git+https://...". */
  readonly range: string
  readonly kind: "runtime" | "development" | "peer" | "optional"
  readonly line: number
}

/** A package as a lock file has it. */
export interface Locked {
  readonly name: string
  readonly version: string
  /** What its makers say, where the lock file keeps it. */
  readonly deprecated?: string | undefined
}

export type System = "npm" | "pypi" | "crates.io" | "Go" | "Maven"

export interface Manifest {
  /** Posix, relative to the root. */
  readonly path: string
  /** "" for the root. */
  readonly folder: string
  readonly system: System
  /** What the package calls itself. */
  readonly name: string | undefined
  /** Published for others: its ranges are meant to be wide, and a lock file is not for it. */
  readonly isLibrary: boolean
  readonly declared: readonly Declared[]
  /** Path of the lock file that holds for it. */
  readonly lockPath: string | undefined
  readonly locked: readonly Locked[]
  /** Names of lock files that it could have. */
  readonly lockNames: readonly string[]
}

/** Reads a file of the project; undefined where it is not there or too large. */
export type ReadText = (path: string) => Promise<string | undefined>

export const folderOf = (path: string): string => (path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "")
export const within = (folder: string, name: string): string => (folder === "" ? name : `${folder}/${name}`)

/** The first line in which the text stands, 1-based; 1 where it does not. */
export function lineOf(text: string, words: string, from = 0): number {
  const at = text.indexOf(words, from)
  return at < 0 ? 1 : text.slice(0, at).split("\n").length
}

/** The nearest of these files, in the folder or above it. */
export async function nearest(folder: string, names: readonly string[], read: ReadText) {
  for (let at = folder; ; at = folderOf(at)) {
    for (const name of names) {
      const path = within(at, name)
      const text = await read(path)
      if (text !== undefined) return { path, text }
    }
    if (at === "") return undefined
  }
}
