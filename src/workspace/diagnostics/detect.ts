import { dirname, join, posix } from "node:path"
import { folderView } from "../ecosystems/folder-view.ts"
import { walk } from "../walk.ts"
import type { Checker } from "./checker.ts"
import { checkers } from "./checkers.ts"

/** A tool that a folder of the project is set up for. */
export interface Configured {
  readonly checker: Checker
  /** Posix, relative to the root; "" for itself. */
  readonly folder: string
}

/** The tools that the project is set up for, and where. `paths`: its files, where they are known already. Nothing is run. */
export async function configuredIn(
  root: string,
  { signal, paths = walked(root, signal) }: { readonly signal: AbortSignal; readonly paths?: Paths },
): Promise<readonly Configured[]> {
  const candidates = new Map<Checker, Set<string>>(checkers.map((checker) => [checker, new Set()]))
  for await (const path of paths) {
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

type Paths = Iterable<string> | AsyncIterable<string>

async function* walked(root: string, signal: AbortSignal): AsyncIterable<string> {
  for await (const { path } of walk(root, { signal })) yield path
}

const folderOf = (path: string): string => {
  const folder = dirname(path)
  return folder === "." ? "" : folder
}
