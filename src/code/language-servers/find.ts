import { access, constants, readFile } from "node:fs/promises"
import { delimiter, isAbsolute, join } from "node:path"
import { z } from "zod"
import { isInside } from "../../workspace/contain.ts"
import { type KnownServer, knownServers } from "./catalogue.ts"

/** Commands that the user has set, by the index's name of the language; empty: none is wanted for it. */
export type SetServers = Readonly<Record<string, readonly string[]>>

export interface FoundServer {
  readonly name: string
  /** LSP's name of each language it is for, by the index's. */
  readonly languages: Readonly<Record<string, string>>
  /** Absolute path of the program, and its arguments. */
  readonly command: readonly [string, ...string[]]
  readonly from: "set" | "project" | "path"
  readonly settings: Readonly<Record<string, unknown>>
}

export interface FindOptions {
  readonly root: string
  readonly set: SetServers
  /** As the environment has it. */
  readonly path: string
}

/** The server for a language: the one the user has set, else the first of the catalogue that is installed. Runs nothing. */
export async function findServer(language: string, options: FindOptions): Promise<FoundServer | undefined> {
  const set = options.set[language]
  if (set) return foundSet(language, set, options)
  for (const known of knownServers) {
    if (!Object.hasOwn(known.languages, language)) continue
    const found = await findKnown(known, options)
    if (found) return found
  }
  return undefined
}

async function foundSet(language: string, words: readonly string[], { root, path }: FindOptions) {
  const [program, ...args] = words
  if (program === undefined) return undefined
  const place = isAbsolute(program) ? await executable(program) : await onPath(program, path, root)
  if (place === undefined) return undefined
  const known = knownServers.find(({ languages }) => Object.hasOwn(languages, language))
  const languages = { [language]: known?.languages[language] ?? language }
  const name = program.slice(program.lastIndexOf("/") + 1)
  return { name, languages, command: [place, ...args], from: "set", settings: known?.settings ?? {} } as const
}

/** A server of the catalogue where it is installed: in the project first, then on the PATH. */
export async function findKnown(known: KnownServer, { root, path }: FindOptions): Promise<FoundServer | undefined> {
  const { name, languages, program, args, installedIn, needs, settings = {} } = known
  const found = (place: string, from: "project" | "path"): FoundServer => ({
    ...{ name, languages, from, settings },
    command: [place, ...args],
  })
  const isNew = needs === undefined || (await majorOf(join(root, needs.manifest))) >= needs.major
  if (!isNew) return undefined
  for (const folder of installedIn) {
    const place = await executable(join(root, folder, program))
    if (place !== undefined) return found(place, "project")
  }
  // Which version stands on the PATH can't be told without running it.
  if (needs) return undefined
  const place = await onPath(program, path, root)
  return place === undefined ? undefined : found(place, "path")
}

/** A PATH that leads into the project finds what the project brings, under the system's name: not taken. */
async function onPath(program: string, path: string, root: string): Promise<string | undefined> {
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder) || isInside(root, folder)) continue
    const place = await executable(join(folder, program))
    if (place !== undefined) return place
  }
  return undefined
}

const executable = (path: string): Promise<string | undefined> =>
  access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  )

const Manifest = z.object({ version: z.string() })

async function majorOf(manifest: string): Promise<number> {
  try {
    return Number.parseInt(Manifest.parse(JSON.parse(await readFile(manifest, "utf8"))).version, 10) || 0
  } catch {
    return 0
  }
}
