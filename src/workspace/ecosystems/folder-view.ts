import { readdir } from "node:fs/promises"
import { parse as parseToml } from "smol-toml"
import { boundsOf } from "../contain.ts"
import { readText } from "../read.ts"

/** What detection may ask of one folder. Files that are missing, unreadable or malformed are undefined. */
export interface FolderView {
  readonly path: string
  readonly names: ReadonlySet<string>
  has(...names: string[]): boolean
  text(name: string): Promise<string | undefined>
  json(name: string): Promise<unknown>
  toml(name: string): Promise<unknown>
}

/** `path` is absolute. Manifests are read within it only; more than 2 MB of manifest is no manifest. */
export async function folderView(path: string): Promise<FolderView> {
  const names = new Set<string>(await readdir(path).catch(() => []))
  const texts = new Map<string, Promise<string | undefined>>()
  const text = (name: string): Promise<string | undefined> => {
    if (!names.has(name)) return Promise.resolve(undefined)
    const known = texts.get(name)
    if (known) return known
    const reading = boundsOf({ root: path })
      .then((bounds) => readText(bounds, name, { maxBytes: 2_000_000 }))
      .then(
        (file) => file.text,
        () => undefined,
      )
    texts.set(name, reading)
    return reading
  }
  const parsed = async (name: string, parse: (text: string) => unknown): Promise<unknown> => {
    const content = await text(name)
    try {
      return content === undefined ? undefined : parse(content)
    } catch {
      return undefined
    }
  }
  return {
    path,
    names,
    has: (...any) => any.some((name) => names.has(name)),
    text,
    json: (name) => parsed(name, JSON.parse),
    toml: (name) => parsed(name, parseToml),
  }
}
