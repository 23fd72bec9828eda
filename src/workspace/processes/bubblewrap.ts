import { promises as fs, type Stats } from "node:fs"
import { join } from "node:path"
import { isInside } from "../contain.ts"
import { emptied, type SandboxPolicy, secretPlaces, systemSecrets, toolFolders } from "./policy.ts"

export interface SandboxOptions {
  /** Real path of the project. */
  readonly root: string
  readonly home: string
  readonly policy: SandboxPolicy
  /** Whether this bubblewrap can forbid further user namespaces. */
  readonly forbidsNamespaces: boolean
}

/**
 * The arguments with which `bwrap` makes the sandbox, up to the command. Mounts are made in order, later ones over
 * earlier: the system read-only; homes, sockets and temporary folders emptied; tools and what the policy names put back;
 * the project writable; secrets covered, whichever of these brought them in.
 */
export async function sandboxArguments({ root, home, policy, forbidsNamespaces }: SandboxOptions): Promise<string[]> {
  const realHome = (await realOf(home)) ?? home
  const writable = await allReal([root, ...(policy.writable ?? [])])
  const tools = toolFolders.map((name) => join(realHome, name))
  const readable = await allReal([...tools, ...(policy.homeReadable ?? [])])
  const secrets = secretPlaces
    .map((name) => join(realHome, name))
    .filter((path) => !policy.homeReadable?.includes(path))
  const hidden = await allReal([...systemSecrets, ...secrets, ...policy.hidden])
  const names = policy.network === true ? await allReal(["/etc/resolv.conf"]) : []
  const empty = [...new Set(await allReal([...emptied, realHome]))].sort(byLength)
  return [
    ...["--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"],
    ...(policy.network === true ? [] : ["--unshare-net"]),
    ...(forbidsNamespaces ? ["--disable-userns"] : []),
    ...["--die-with-parent", "--cap-drop", "ALL"],
    ...["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"],
    // A server that is root owns these files, and needs no capability to write them: `core_pattern` runs programs outside.
    ...["--ro-bind", "/proc/sys", "/proc/sys"],
    ...empty.flatMap((path) => ["--tmpfs", path]),
    ...readable.flatMap((path) => ["--ro-bind", path, path]),
    // A resolver's file often lies in /run.
    ...names.filter((path) => path.startsWith("/run/")).flatMap((path) => ["--ro-bind", path, path]),
    ...writable.flatMap((path) => ["--bind", path, path]),
    ...(await Promise.all(writable.map(gitArguments))).flat(),
    // The rules of the project are not the agent's to change.
    ...(await allReal([join(root, ".duck")]))
      .filter((path) => isInside(root, path))
      .flatMap((path) => ["--ro-bind", path, path]),
    ...(await Promise.all(outermost(hidden).map(covering))).flat(),
    ...(await allReal(policy.caches ?? [])).flatMap((path) => ["--bind", path, path]),
  ]
}

/** Of paths that lie in each other the outer ones: what they cover is not there to be covered. */
const outermost = (paths: readonly string[]): string[] =>
  paths.filter((path) => !paths.some((other) => other !== path && isInside(other, path))).sort(byLength)

const byLength = (a: string, b: string) => a.length - b.length

const realOf = (path: string): Promise<string | undefined> => fs.realpath(path).catch(() => undefined)
const statOf = (path: string): Promise<Stats | undefined> => fs.lstat(path).catch(() => undefined)

async function allReal(paths: readonly string[]): Promise<string[]> {
  const real = await Promise.all(paths.map(realOf))
  return [...new Set(real.filter((path) => path !== undefined))]
}

/** An empty folder or file in place of what is there. */
async function covering(path: string): Promise<string[]> {
  const stats = await statOf(path)
  if (stats?.isDirectory()) return ["--tmpfs", path]
  return stats ? ["--ro-bind", "/dev/null", path] : []
}

/**
 * Git's hooks and settings name programs that run when the person uses git, outside: they stay as they are. The folder
 * around them is a mount of its own, so that it can't be moved away and replaced.
 */
async function gitArguments(folder: string): Promise<string[]> {
  const inProject = join(folder, ".git")
  const stats = await statOf(inProject)
  const isFolder = stats?.isDirectory() === true
  // A worktree's says where git is. One that is changed could lead to a folder with hooks and settings of anyone's.
  if (stats?.isFile()) return ["--ro-bind", inProject, inProject]
  // A worktree's or bare repository's folder, as the policy names it.
  const isGit = !isFolder && (await statOf(join(folder, "HEAD")))?.isFile() === true
  const git = isFolder ? inProject : isGit ? folder : undefined
  if (git === undefined) return []
  const kept: string[] = []
  for (const name of ["hooks", "config", "config.worktree"]) {
    const real = await realOf(join(git, name))
    if (real !== undefined && isInside(git, real)) kept.push(real)
  }
  return [...(isFolder ? ["--bind", git, git] : []), ...kept.flatMap((path) => ["--ro-bind", path, path])]
}
