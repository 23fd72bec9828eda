import { lstatSync, type Stats } from "node:fs"
import { fsPath, namesIn } from "./byte-names.ts"
import { failureOf } from "./store-file.ts"

/** What of a file's stat says whether it has changed, and what it is. */
export type Figures = Pick<Stats, "mode" | "size" | "mtimeMs" | "ctimeMs" | "ino">

const kindMask = 0o170000
const kinds = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const
export const isKind = ({ mode }: Figures, kind: keyof typeof kinds): boolean => (mode & kindMask) === kinds[kind]

/** The names in a folder with their figures, in the system's order; undefined figures: gone, or not readable. */
export interface Listing {
  readonly names: readonly string[]
  figuresOf(at: number): Figures | "unreadable" | undefined
}

/** The names are read now, their figures when they are asked for. */
export function listFolder(folder: string): Listing | "gone" | "unreadable" {
  try {
    const names = namesIn(folder)
    return { names, figuresOf: (at) => figuresAt(`${folder}/${names[at]}`) }
  } catch (thrown) {
    return failureOf(thrown) === "gone" ? "gone" : "unreadable"
  }
}

/** Undefined for what is gone. */
export function figuresAt(path: string): Figures | undefined | "unreadable" {
  try {
    return lstatSync(fsPath(path), { throwIfNoEntry: false })
  } catch (thrown) {
    return failureOf(thrown) === "gone" ? undefined : "unreadable"
  }
}
