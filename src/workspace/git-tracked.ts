import { homedir } from "node:os"
import { join, resolve } from "node:path"
import { throwIfAborted } from "../base/signal.ts"
import { gitText, gitTokens } from "./git-run.ts"
import { isOutputPath } from "./ignore-defaults.ts"
import { readIgnoreFile, type Tracked } from "./ignoring.ts"

/**
 * What git tracks under `root` (a work tree or a folder in one) although a rule would leave it out, and the ignore files
 * outside the tree. Undefined where there is no repository or no git: then only ignore files in the tree and the
 * defaults count.
 */
export async function readTracked(root: string, signal?: AbortSignal): Promise<Tracked | undefined> {
  const files = new Set<string>()
  const folders = new Set<string>()
  const add = (path: string) => {
    files.add(path)
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at)
      if (folders.has(folder)) break
      folders.add(folder)
    }
  }
  const list = async (more: readonly string[], isWanted: (path: string) => boolean) => {
    const args = ["ls-files", "-z", "--cached", ...more]
    for await (const path of gitTokens({ cwd: root, args, signal })) if (isWanted(path)) add(path)
  }
  try {
    // Only those about which there is a doubt are kept: they are few, where all of them may be hundreds of thousands.
    await Promise.all([list([], isOutputPath), list(["--ignored", "--exclude-standard"], () => true)])
  } catch {
    throwIfAborted(signal)
    return undefined
  }
  // A folder that the repository around it ignores as a whole (a home folder kept in git) is a tree of its own.
  if (files.size === 0 && (await isIgnoredWhole(root, signal))) return undefined
  return {
    isTracked: (path) => files.has(path),
    holdsTracked: (folder) => folders.has(folder) || files.has(folder),
    excludes: await excludesOf(root, signal),
  }
}

async function isIgnoredWhole(root: string, signal?: AbortSignal): Promise<boolean> {
  const ask = async (args: string[]) =>
    (await gitText({ cwd: root, args, signal, okCodes: [0, 1], pathspecs: "magic" }).catch(() => "")).trim() !== ""
  // Nothing can ignore the top of a work tree: it has no prefix.
  return (await ask(["rev-parse", "--show-prefix"])) && (await ask(["check-ignore", "."]))
}

/**
 * Weakest first: core.excludesFile, .git/info/exclude, then the .gitignore files of the folders between the top of the
 * work tree and `root`, when only a part of it is walked.
 */
async function excludesOf(root: string, signal?: AbortSignal): Promise<Tracked["excludes"]> {
  const ask = (args: string[]) =>
    gitText({ cwd: root, args, signal, okCodes: [0, 1] }).then(
      (text) => text.replace(/[\n\0]$/, ""),
      () => "",
    )
  const [configured, own, prefix] = await Promise.all([
    ask(["config", "--path", "-z", "--get", "core.excludesFile"]),
    ask(["rev-parse", "--git-path", "info/exclude"]),
    ask(["rev-parse", "--show-prefix"]),
  ])
  const user = configured || join(process.env.XDG_CONFIG_HOME || join(homedir(), ".config"), "git/ignore")
  const files = [
    { path: user, above: prefix },
    { path: own && resolve(root, own), above: prefix },
  ]
  const names = prefix.split("/").slice(0, -1)
  names.forEach((_, depth) => {
    const above = `${names.slice(depth).join("/")}/`
    files.push({ path: join(root, "../".repeat(names.length - depth), ".gitignore"), above })
  })
  const texts = await Promise.all(
    files.map(({ path }) => (path ? readIgnoreFile(path, { followLinks: true }) : undefined)),
  )
  return files.flatMap(({ above }, i) => {
    const text = texts[i]
    return text ? [{ text, above }] : []
  })
}
