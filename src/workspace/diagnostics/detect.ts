import { access, constants } from "node:fs/promises"
import { dirname, join, posix } from "node:path"
import { folderView } from "../ecosystems/folder-view.ts"
import { walk } from "../walk.ts"
import type { Checker } from "./checker.ts"
import { checkers } from "./checkers.ts"
import { quoted } from "./quoted.ts"

/** A tool that a folder of the project is set up for. */
export interface Configured {
  readonly checker: Checker
  /** Posix, relative to the root; "" for itself. */
  readonly folder: string
}

/** The tools that the project is set up for, and where. Nothing is run. */
export async function configuredIn(root: string, signal?: AbortSignal): Promise<readonly Configured[]> {
  const candidates = new Map<Checker, Set<string>>(checkers.map((checker) => [checker, new Set()]))
  for await (const { path } of walk(root, { signal })) {
    const name = posix.basename(path)
    for (const [checker, folders] of candidates) if (checker.configuredBy.test(name)) folders.add(folderOf(path))
  }
  const found: Configured[] = []
  for (const [checker, folders] of candidates) {
    const tops: string[] = []
    for (const folder of [...folders].sort()) {
      const isBelow = !checker.isPerFolder && tops.some((top) => top === "" || folder.startsWith(`${top}/`))
      if (isBelow || !(await checker.isConfigured(await folderView(join(root, folder))))) continue
      tops.push(folder)
      found.push({ checker, folder })
    }
  }
  return found
}

/**
 * The program of a tool for a folder, as a word of a shell command: where the project has it installed, in the folder or above;
 * else by its name, to be looked for on the PATH.
 */
export async function programOf({ checker, folder }: Configured, root: string): Promise<string> {
  for (let at = folder; ; at = folderOf(at)) {
    for (const place of checker.installedIn) {
      const path = join(root, at, place, checker.program)
      if (await isExecutable(path)) return quoted(path)
    }
    if (at === "") return checker.program
  }
}

const isExecutable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )

const folderOf = (path: string): string => {
  const folder = dirname(path)
  return folder === "." ? "" : folder
}
