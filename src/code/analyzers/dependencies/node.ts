import { parse } from "yaml"
import { z } from "zod"
import { type Declared, folderOf, type Locked, lineOf, type Manifest, nearest, type ReadText } from "./manifest.ts"

const ranges = z.record(z.string(), z.string()).optional().catch(undefined)
const PackageJson = z.object({
  name: z.string().optional().catch(undefined),
  private: z.boolean().optional().catch(undefined),
  version: z.string().optional().catch(undefined),
  dependencies: ranges,
  devDependencies: ranges,
  peerDependencies: ranges,
  optionalDependencies: ranges,
})

const PackageLock = z.object({
  packages: z
    .record(
      z.string(),
      z.object({
        name: z.string().optional(),
        version: z.string().optional(),
        deprecated: z.union([z.string(), z.boolean()]).optional(),
        link: z.boolean().optional(),
      }),
    )
    .optional(),
})

const lockNames = ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "yarn.lock", "bun.lock", "bun.lockb"]

/** Undefined where it is no package.json. */
export async function nodeManifest(path: string, read: ReadText): Promise<Manifest | undefined> {
  const text = await read(path)
  const json = text === undefined ? undefined : PackageJson.safeParse(asJson(text)).data
  if (text === undefined || !json) return undefined
  const folder = folderOf(path)
  const groups = [
    ["runtime", "dependencies"],
    ["development", "devDependencies"],
    ["peer", "peerDependencies"],
    ["optional", "optionalDependencies"],
  ] as const
  const declared = groups.flatMap(([kind, group]) => {
    const from = Math.max(0, text.indexOf(`"${group}"`))
    return Object.entries(json[group] ?? {}).map(
      ([name, range]): Declared => ({ name, range, kind, line: lineOf(text, `"${name}"`, from) }),
    )
  })
  const lock = await nearest(folder, lockNames, read)
  return {
    path,
    folder,
    system: "npm",
    name: json.name,
    isLibrary: json.private !== true && json.version !== undefined && json.name !== undefined,
    declared,
    lockPath: lock?.path,
    locked: lock ? lockedIn(lock.path, lock.text) : [],
    lockNames,
  }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function lockedIn(path: string, text: string): Locked[] {
  if (path.endsWith(".json")) {
    const { packages = {} } = PackageLock.safeParse(asJson(text)).data ?? {}
    return Object.entries(packages).flatMap(([at, { name, version, deprecated, link }]): Locked[] => {
      const own = name ?? (at.includes("node_modules/") ? at.slice(at.lastIndexOf("node_modules/") + 13) : "")
      if (own === "" || version === undefined || link || at === "") return []
      return [{ name: own, version, deprecated: typeof deprecated === "string" ? deprecated : undefined }]
    })
  }
  if (path.endsWith("pnpm-lock.yaml")) return pnpmLocked(text)
  if (path.endsWith("yarn.lock")) return yarnLocked(text)
  return []
}

const PnpmLock = z.object({
  packages: z.record(z.string(), z.object({ deprecated: z.string().optional().catch(undefined) })).optional(),
})

function pnpmLocked(text: string): Locked[] {
  let value: unknown
  try {
    value = parse(text)
  } catch {
    return []
  }
  return Object.entries(PnpmLock.safeParse(value).data?.packages ?? {}).flatMap(([key, { deprecated }]) => {
    const found = /^\/?(@?[^@]+)[@/]([^(_]+)/.exec(key)
    return found ? [{ name: found[1] ?? "", version: found[2] ?? "", deprecated }] : []
  })
}

function yarnLocked(text: string): Locked[] {
  const found: Locked[] = []
  for (const [, name = "", version = ""] of text.matchAll(
    /^"?(@?[^@\s"]+)@[^\n]*:\n(?: {2}[^\n]*\n)*? {2}version:? "?([^"\n]+)"?/gm,
  ))
    found.push({ name, version })
  return found
}
