import { readFileSync, realpathSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { asDuckError, DuckError, InvalidInputError, systemCode } from "../base/errors.ts"
import type { Folders } from "../base/folders.ts"
import {
  type Config,
  type ConfigLayer,
  type ConfigSource,
  configOf,
  environmentLayer,
  flagLayer,
  readLayer,
} from "./config.ts"
import { JsoncError } from "./jsonc.ts"
import type { Settings } from "./settings.ts"

export interface ConfigReader {
  /**
   * The settings that hold in `folder` (without one: the user's). Files are read again when they changed. A file that
   * can't be read counts as it last could, else as empty, and is warned of; nothing is thrown.
   */
  load(folder?: string): Config
  paths(folder?: string): readonly ConfigPath[]
}

export interface ConfigPath {
  readonly source: Extract<ConfigSource, "user" | "project" | "local">
  readonly path: string
  readonly exists: boolean
}

const maxBytes = 1_000_000
/** Folders whose settings are kept; forgetting them only costs time. */
const mostRemembered = 100

export function configReader(options: {
  readonly folders: Folders
  readonly env?: NodeJS.ProcessEnv
  readonly flags?: Partial<Settings>
}): ConfigReader {
  const { folders, env = process.env, flags = {} } = options
  const read = new Map<string, { stamp: string; layer: ConfigLayer; good?: ConfigLayer }>()
  const outer = [environmentLayer(env), flagLayer(flags)]

  const user = { source: "user" as const, path: join(folders.config, "config.json") }
  const places = (folder?: string): Omit<ConfigPath, "exists">[] =>
    folder === undefined ? [user] : [user, ...projectPaths(projectRootOf(folder))]
  const paths = (folder?: string): ConfigPath[] =>
    places(folder).map((one) => ({ ...one, exists: stampOf(one.path) !== undefined }))

  const layer = ({ source, path }: Omit<ConfigPath, "exists">): ConfigLayer => {
    const stamp = stampOf(path) ?? ""
    const known = read.get(path)
    if (known?.stamp === stamp) return known.layer
    const fresh = layerOf(source, path, known?.good)
    read.set(path, { stamp, ...fresh })
    return fresh.layer
  }

  // As long as no file has changed, the answer is the same object: it is asked for with every call of a model.
  const made = new Map<string, { layers: readonly ConfigLayer[]; config: Config }>()
  const load = (folder?: string): Config => {
    const files = places(folder)
    const layers = files.map(layer)
    const key = files.at(-1)?.path ?? ""
    const known = made.get(key)
    if (known?.layers.every((one, at) => one === layers[at])) return known.config
    if (made.size >= mostRemembered) made.clear()
    const config = configOf([...layers, ...outer])
    made.set(key, { layers, config })
    return config
  }

  return { paths, load }
}

function layerOf(source: ConfigSource, path: string, good?: ConfigLayer): { layer: ConfigLayer; good?: ConfigLayer } {
  try {
    const text = readText(path)
    const layer = text === undefined ? { source, entries: [], warnings: [] } : readLayer(source, path, text)
    return { layer, good: layer }
  } catch (thrown) {
    const where = thrown instanceof JsoncError ? `${path}:${thrown.line}:${thrown.column}` : path
    const held = good ? "What it last held counts until it can be read." : "It counts as empty until it can be read."
    const warnings = [{ message: `${asDuckError(thrown).message} ${held}`, where }]
    return { layer: { source, entries: good?.entries ?? [], warnings }, ...(good ? { good } : {}) }
  }
}

/** The text of a settings file, undefined when there is none. */
function readText(path: string): string | undefined {
  try {
    const stat = statSync(path)
    // A pipe or a device would hang or never end.
    if (!stat.isFile()) throw new InvalidInputError({ message: `${path} is not a file.` })
    if (stat.size > maxBytes) throw new InvalidInputError({ message: `${path} is larger than ${maxBytes} bytes.` })
    return readFileSync(path, "utf8")
  } catch (thrown) {
    if (thrown instanceof DuckError) throw thrown
    if (systemCode(thrown) === "ENOENT" || systemCode(thrown) === "ENOTDIR") return undefined
    throw new InvalidInputError({ message: `${path} can't be read (${systemCode(thrown)}).`, cause: thrown })
  }
}

function stampOf(path: string): string | undefined {
  try {
    // Most of these files are not there, and an exception for each call of a model costs more than all else here.
    const stat = statSync(path, { throwIfNoEntry: false })
    return stat && `${stat.mtimeMs} ${stat.ctimeMs} ${stat.size} ${stat.ino}`
  } catch {
    return undefined
  }
}

export const projectPaths = (root: string) => [
  { source: "project" as const, path: join(root, ".duck", "config.json") },
  { source: "local" as const, path: join(root, ".duck", "config.local.json") },
]

/** The nearest folder, from `folder` upward, that holds `.duck` or `.git`; `folder` itself when there is none. */
export function projectRootOf(folder: string): string {
  let at = real(folder)
  const start = at
  while (true) {
    if (exists(join(at, ".duck")) || exists(join(at, ".git"))) return at
    const parent = dirname(at)
    if (parent === at) return start
    at = parent
  }
}

const exists = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined

function real(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}
