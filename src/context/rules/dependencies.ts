import { parse as parseToml } from "smol-toml"
import { z } from "zod"
import { asDuckError } from "../../base/errors.ts"
import type { Workspace } from "../../workspace/workspace.ts"

/** Names of what a project uses itself, by the ecosystem that installs it. */
export interface Dependencies {
  readonly npm: ReadonlySet<string>
  readonly mix: ReadonlySet<string>
  /** Of all ecosystems, in lower case: what `frameworks` is held against. */
  readonly names: ReadonlySet<string>
}

const mostManifests = 100
const maxBytes = 2_000_000

const Record = z.record(z.string(), z.unknown()).catch({})
const NodeManifest = z.object({ dependencies: Record, devDependencies: Record, peerDependencies: Record })
const CargoManifest = z.object({
  dependencies: Record,
  "dev-dependencies": Record,
  workspace: z.object({ dependencies: Record }).catch({ dependencies: {} }),
})
const PythonManifest = z.object({
  project: z.object({ dependencies: z.array(z.string()).catch([]) }).catch({ dependencies: [] }),
  tool: z
    .object({ poetry: z.object({ dependencies: Record }).catch({ dependencies: {} }) })
    .catch({ poetry: { dependencies: {} } }),
})

const keys = (...records: readonly object[]) => records.flatMap((record) => Object.keys(record))
const all = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].flatMap(([, name]) => name ?? [])
const pythonName = (line: string) => /^\s*([A-Za-z0-9][\w.-]*)/.exec(line)?.[1] ?? []

const readers: Readonly<Record<string, (text: string) => readonly string[]>> = {
  "package.json"(text) {
    const { dependencies, devDependencies, peerDependencies } = NodeManifest.parse(JSON.parse(text))
    return keys(dependencies, devDependencies, peerDependencies)
  },
  "mix.exs": (text) => all(text, /\{\s*:(\w+)\s*,/g),
  "Cargo.toml"(text) {
    const { dependencies, workspace, ...more } = CargoManifest.parse(parseToml(text))
    return keys(dependencies, more["dev-dependencies"], workspace.dependencies)
  },
  "pyproject.toml"(text) {
    const { project, tool } = PythonManifest.parse(parseToml(text))
    return [...project.dependencies.flatMap(pythonName), ...keys(tool.poetry.dependencies)]
  },
  "requirements.txt": (text) => text.split("\n").flatMap(pythonName),
  "go.mod": (text) => all(text, /^\s*(?:require\s+)?([\w.-]+\.[\w.-]+\/\S+)\s+v\d/gm),
  Gemfile: (text) => all(text, /^\s*gem\s+["']([\w.-]+)["']/gm),
  "composer.json": (text) =>
    keys(
      z
        .object({ require: Record, "require-dev": Record })
        .transform((one) => ({ ...one.require, ...one["require-dev"] }))
        .parse(JSON.parse(text)),
    ),
}

const nameOf = (path: string) => path.slice(path.lastIndexOf("/") + 1)

/** Whether a file says what a project uses. */
export const isManifest = (path: string): boolean => Object.hasOwn(readers, nameOf(path))

/** What the manifests among `paths` name. One that can't be read names nothing: it is not ours to mend. */
export async function dependenciesOf(workspace: Workspace, paths: readonly string[]): Promise<Dependencies> {
  const npm = new Set<string>()
  const mix = new Set<string>()
  const names = new Set<string>()
  const manifests = [...new Set([...Object.keys(readers), ...paths.filter(isManifest)])].slice(0, mostManifests)
  await Promise.all(
    manifests.map(async (path) => {
      const kind = nameOf(path)
      for (const name of await namesIn(workspace, path, kind)) {
        // Go's modules go by their last part, scoped packages by both.
        for (const one of [name, name.slice(name.lastIndexOf("/") + 1), name.split("/")[0] ?? name])
          if (one !== "") names.add(one.replace(/^@/, "").toLowerCase())
        if (kind === "package.json") npm.add(name)
        if (kind === "mix.exs") mix.add(name)
      }
    }),
  )
  return { npm, mix, names }
}

async function namesIn(workspace: Workspace, path: string, kind: string): Promise<readonly string[]> {
  try {
    return readers[kind]?.((await workspace.read(path, { maxBytes })).text) ?? []
  } catch (error) {
    // A manifest that is not there, or is broken in somebody's hands right now.
    return asDuckError(error).code === "CANCELLED" ? Promise.reject(error) : []
  }
}
