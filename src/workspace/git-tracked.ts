import { promises as fs } from "node:fs"
import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { gitText, gitTokens } from "./git-run.ts"
import type { Tracked } from "./ignoring.ts"

/**
 * What git tracks under `root` (a work tree or a folder in one), and the ignore files outside the tree. Undefined where
 * there is no repository or no git: then only ignore files in the tree and the defaults count.
 */
export async function readTracked(root: string, signal?: AbortSignal): Promise<Tracked | undefined> {
  const files = new Set<string>()
  const folders = new Set<string>()
  try {
    for await (const path of gitTokens({ cwd: root, args: ["ls-files", "-z", "--cached"], signal })) {
      files.add(path)
      for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
        const folder = path.slice(0, at)
        if (folders.has(folder)) break
        folders.add(folder)
      }
    }
  } catch {
    signal?.throwIfAborted()
    return undefined
  }
  return {
    isTracked: (path) => files.has(path),
    holdsTracked: (folder) => folders.has(folder) || files.has(folder),
    excludes: await excludesOf(root, signal),
  }
}

async function excludesOf(root: string, signal?: AbortSignal): Promise<string[]> {
  const ask = (args: string[]) =>
    gitText({ cwd: root, args, signal, okCodes: [0, 1] }).then(
      (text) => text.replace(/[\n\0]$/, ""),
      () => "",
    )
  const [configured, own] = await Promise.all([
    ask(["config", "--path", "-z", "--get", "core.excludesFile"]),
    ask(["rev-parse", "--git-path", "info/exclude"]),
  ])
  const user = configured || join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "git/ignore")
  const texts = await Promise.all(
    [user, own && resolve(root, own)].map((path) => (path ? fs.readFile(path, "utf8").catch(() => "") : "")),
  )
  return texts.filter((text) => text !== "")
}
