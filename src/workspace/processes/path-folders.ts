import { delimiter, isAbsolute } from "node:path"
import { isInside } from "../contain.ts"

/**
 * Folders in which the programs of a PATH lie, with the packages they belong to, for a sandbox that empties the folders
 * around them. The home folder itself, and what is around it, is none of them.
 */
export function foldersOnPath(path: string, home: string): string[] {
  const folders = path
    .split(delimiter)
    .filter(isAbsolute)
    // Links in `node_modules/.bin` lead to the packages beside it.
    .map((folder) => /^(.*?[\\/]node_modules)(?:[\\/]|$)/.exec(folder)?.[1] ?? folder)
  return [...new Set(folders)].filter((folder) => !isInside(folder, home))
}
