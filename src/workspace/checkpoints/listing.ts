import { lstatSync, type Stats, statfsSync } from "node:fs"
import { fsPath, namesIn } from "./byte-names.ts"
import { failureOf } from "./store-file.ts"

/** What of a file's stat says whether it has changed, and what it is. */
export type Figures = Pick<Stats, "mode" | "size" | "mtimeMs" | "ctimeMs" | "ino" | "dev">

const kindMask = 0o170000
const kinds = { file: 0o100000, folder: 0o040000, link: 0o120000 } as const
export const isKind = ({ mode }: Figures, kind: keyof typeof kinds): boolean => (mode & kindMask) === kinds[kind]

/** The names in a folder with their figures, in the system's order; undefined figures: gone, or not readable. */
export interface Listing {
  readonly names: readonly string[]
  /** Of the folder itself, from before its names were read; undefined where whoever lists it has them. */
  readonly folder: Figures | undefined
  figuresOf(at: number): Figures | "unreadable" | undefined
}

/** The names are read now, unless they are known; their figures when they are asked for. */
export function listFolder(folder: string, known?: readonly string[]): Listing | "gone" | "unreadable" {
  try {
    const names = known ?? namesIn(folder)
    return { names, folder: undefined, figuresOf: (at) => figuresAt(`${folder}/${names[at]}`) }
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

/**
 * File systems of Linux that change a folder's times whenever a name in it comes or goes, by the clock of this machine:
 * ext4, XFS, Btrfs, tmpfs, F2FS, bcachefs, ZFS and overlayfs. On others names are read each time. Source: statfs(2).
 */
const exactTypes: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0x01021994, 0xf2f52010, 0xca451a4e, 0x2fc12fc1, 0x794c7630,
])

/** The device on which a folder's times prove that its names are the same; undefined where they prove nothing. */
export function exactDevice(root: string): number | undefined {
  if (process.platform !== "linux") return undefined
  try {
    return exactTypes.has(statfsSync(fsPath(root)).type) ? lstatSync(fsPath(root)).dev : undefined
  } catch {
    return undefined
  }
}
