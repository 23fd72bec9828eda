import { mkdir, readdir, realpath, symlink } from "node:fs/promises"
import { join, relative, sep } from "node:path"
import { isInside } from "../contain.ts"

/** A project, its copy, and the folders that were copied (posix, relative to the root; "" for itself). */
export interface Copied {
  readonly root: string
  readonly copy: string
  readonly folders: ReadonlySet<string>
}

/**
 * Puts a folder of installed packages into a copy of the project, as a link. Members of a workspace are installed as links
 * to their folders: those lead to the member's copy, so that a change in one is seen by the others. Gives the real path of
 * what it leads to.
 */
export async function linkInstalled(from: string, copied: Copied, to: string): Promise<string> {
  const real = await realpath(from)
  const members = await membersIn(real, copied)
  if (members.size === 0) {
    await symlink(real, to)
    return real
  }
  const scopes = new Set(
    [...members.keys()].flatMap((name) => (name.includes("/") ? [name.slice(0, name.indexOf("/"))] : [])),
  )
  await mkdir(to)
  for (const name of await readdir(real)) {
    if (!scopes.has(name)) {
      await symlink(members.get(name) ?? join(real, name), join(to, name))
      continue
    }
    await mkdir(join(to, name))
    for (const inner of await readdir(join(real, name)))
      await symlink(members.get(`${name}/${inner}`) ?? join(real, name, inner), join(to, name, inner))
  }
  return real
}

/** The copy of each installed package that is a folder of the project, by its name: "api", "@shop/api". */
async function membersIn(installed: string, { root, copy, folders }: Copied): Promise<ReadonlyMap<string, string>> {
  const members = new Map<string, string>()
  const look = async (folder: string, scope: string): Promise<void> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
    await Promise.all(
      entries.map(async (entry) => {
        if (entry.isDirectory() && scope === "" && entry.name.startsWith("@"))
          return look(join(folder, entry.name), `${entry.name}/`)
        if (!entry.isSymbolicLink()) return
        const target = await realpath(join(folder, entry.name)).catch(() => undefined)
        if (target === undefined || !isInside(root, target)) return
        const path = relative(root, target).split(sep).join("/")
        // pnpm keeps packages in node_modules/.pnpm: those are installed, and not copied.
        if (folders.has(path)) members.set(scope + entry.name, join(copy, path))
      }),
    )
  }
  await look(installed, "")
  return members
}
