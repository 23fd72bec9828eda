import { XMLParser } from "fast-xml-parser"
import { parse } from "smol-toml"
import { z } from "zod"
import { type Declared, folderOf, type Locked, lineOf, type Manifest, nearest, type ReadText } from "./manifest.ts"

const texts = z.array(z.string()).optional().catch(undefined)
const table = z.record(z.string(), z.unknown()).optional().catch(undefined)
const PyProject = z.object({
  project: z.object({ name: z.string().optional(), dependencies: texts }).optional().catch(undefined),
  tool: z
    .object({ poetry: z.object({ name: z.string().optional(), dependencies: table }).optional().catch(undefined) })
    .optional()
    .catch(undefined),
})
const PythonLock = z.object({
  package: z.array(z.object({ name: z.string(), version: z.string().optional() })).optional(),
})
const CargoToml = z.object({
  package: z.object({ name: z.string().optional() }).optional().catch(undefined),
  dependencies: table,
  "dev-dependencies": table,
  "build-dependencies": table,
})

const pythonLocks = ["uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock"]

function asToml(text: string): unknown {
  try {
    return parse(text)
  } catch {
    return undefined
  }
}

/** `name[extra]>=1.2 ; marker` as it stands in requirements and in pyproject.toml. */
function requirement(text: string): { name: string; range: string } | undefined {
  const found = /^([A-Za-z0-9][\w.-]*)\s*(?:\[[^\]]*\])?\s*(@\s*\S+|[^;#]*)/.exec(text.trim())
  return found ? { name: found[1] ?? "", range: (found[2] ?? "").trim() } : undefined
}

export async function pythonManifest(path: string, read: ReadText): Promise<Manifest | undefined> {
  const text = await read(path)
  if (text === undefined) return undefined
  const folder = folderOf(path)
  const isDevelopment = /dev|test|doc|lint/i.test(path.slice(path.lastIndexOf("/") + 1))
  const declared: Declared[] = []
  let name: string | undefined
  const add = (written: string, line: number) => {
    const found = requirement(written)
    if (found) declared.push({ ...found, kind: isDevelopment ? "development" : "runtime", line })
  }
  if (path.endsWith(".txt")) {
    text.split("\n").forEach((line, i) => {
      if (/^\s*[A-Za-z0-9]/.test(line)) add(line, i + 1)
    })
  } else {
    const toml = PyProject.safeParse(asToml(text)).data
    name = toml?.project?.name ?? toml?.tool?.poetry?.name
    for (const one of toml?.project?.dependencies ?? []) add(one, lineOf(text, one))
    for (const [key, range] of Object.entries(toml?.tool?.poetry?.dependencies ?? {})) {
      if (key !== "python")
        declared.push({
          name: key,
          range: typeof range === "string" ? range : rangeIn(range),
          kind: "runtime",
          line: lineOf(text, `${key} `),
        })
    }
  }
  const lock = await nearest(folder, pythonLocks, read)
  return {
    path,
    folder,
    system: "pypi",
    name,
    isLibrary: name !== undefined,
    declared,
    lockPath: lock?.path,
    locked: lock ? packagesIn(lock.text) : [],
    lockNames: pythonLocks,
  }
}

const Range = z.object({
  version: z.string().optional(),
  git: z.string().optional(),
  rev: z.string().optional(),
  tag: z.string().optional(),
  path: z.string().optional(),
  workspace: z.boolean().optional(),
})

function rangeIn(value: unknown): string {
  const { version, git, rev, tag, path, workspace } = Range.safeParse(value).data ?? {}
  if (path !== undefined || workspace) return "path"
  if (git !== undefined) return rev || tag ? `git+${git}#${rev ?? tag}` : `git+${git}`
  return version ?? ""
}

const packagesIn = (text: string): Locked[] =>
  (PythonLock.safeParse(asToml(text)).data?.package ?? []).map(({ name, version = "" }) => ({ name, version }))

export async function cargoManifest(path: string, read: ReadText): Promise<Manifest | undefined> {
  const text = await read(path)
  const toml = text === undefined ? undefined : CargoToml.safeParse(asToml(text)).data
  if (text === undefined || !toml) return undefined
  const folder = folderOf(path)
  const groups = [
    ["runtime", toml.dependencies],
    ["development", toml["dev-dependencies"]],
    ["development", toml["build-dependencies"]],
  ] as const
  const declared = groups.flatMap(([kind, group]) =>
    Object.entries(group ?? {}).map(
      ([name, range]): Declared => ({
        name,
        range: typeof range === "string" ? range : rangeIn(range),
        kind,
        line: lineOf(text, `\n${name}`) + (text.includes(`\n${name}`) ? 1 : 0),
      }),
    ),
  )
  const lock = await nearest(folder, ["Cargo.lock"], read)
  const hasMain = (await read(folder === "" ? "src/main.rs" : `${folder}/src/main.rs`)) !== undefined
  return {
    path,
    folder,
    system: "crates.io",
    name: toml.package?.name,
    isLibrary: !hasMain,
    declared,
    lockPath: lock?.path,
    locked: lock ? packagesIn(lock.text) : [],
    lockNames: ["Cargo.lock"],
  }
}

export async function goManifest(path: string, read: ReadText): Promise<Manifest | undefined> {
  const text = await read(path)
  if (text === undefined) return undefined
  const folder = folderOf(path)
  const declared: Declared[] = []
  text.split("\n").forEach((line, i) => {
    const found = /^\s*(?:require\s+)?([\w.-]+\.[\w.-]+\/\S+)\s+(v\S+)(.*)$/.exec(line)
    if (found && !/=>/.test(line)) {
      const kind = /\/\/\s*indirect/.test(found[3] ?? "") ? "optional" : "runtime"
      declared.push({ name: found[1] ?? "", range: found[2] ?? "", kind, line: i + 1 })
    }
  })
  const sum = await nearest(folder, ["go.sum"], read)
  return {
    path,
    folder,
    system: "Go",
    name: /^module\s+(\S+)/m.exec(text)?.[1],
    isLibrary: false,
    declared,
    lockPath: declared.length === 0 ? path : sum?.path,
    locked: declared.map(({ name, range }) => ({ name, version: range })),
    lockNames: ["go.sum"],
  }
}

const oneOrMore = <S extends z.ZodType>(schema: S) =>
  z.preprocess(
    (value) => (value === undefined || value === "" ? [] : Array.isArray(value) ? value : [value]),
    z.array(schema),
  )
const Pom = z.object({
  project: z.object({
    artifactId: z.coerce.string().optional(),
    dependencies: z
      .object({
        dependency: oneOrMore(
          z.object({
            groupId: z.string(),
            artifactId: z.string(),
            version: z.coerce.string().optional(),
            scope: z.string().optional(),
          }),
        ),
      })
      .optional()
      .catch(undefined),
  }),
})

/** Maven has no lock file: what it says is what it takes. */
export async function mavenManifest(path: string, read: ReadText): Promise<Manifest | undefined> {
  const text = await read(path)
  if (text === undefined) return undefined
  let xml: unknown
  try {
    xml = new XMLParser({ parseTagValue: false }).parse(text)
  } catch {
    return undefined
  }
  const pom = Pom.safeParse(xml).data?.project
  const declared = (pom?.dependencies?.dependency ?? []).map(
    ({ groupId, artifactId, version = "", scope }): Declared => ({
      name: `${groupId}:${artifactId}`,
      range: version,
      kind: scope === "test" ? "development" : "runtime",
      line: lineOf(text, `<artifactId>${artifactId}<`),
    }),
  )
  return manifestWithoutLock(path, pom?.artifactId, declared)
}

export async function gradleManifest(path: string, read: ReadText): Promise<Manifest | undefined> {
  const text = await read(path)
  if (text === undefined) return undefined
  const declared: Declared[] = []
  text.split("\n").forEach((line, i) => {
    const found =
      /^\s*(\w*[iI]mplementation|api|compileOnly|runtimeOnly|\w*[cC]ompile)\s*[( ]\s*["']([^:"']+):([^:"']+):([^"']+)["']/.exec(
        line,
      )
    if (!found) return
    const kind = /test/i.test(found[1] ?? "") ? "development" : "runtime"
    declared.push({ name: `${found[2]}:${found[3]}`, range: found[4] ?? "", kind, line: i + 1 })
  })
  return manifestWithoutLock(path, undefined, declared)
}

const manifestWithoutLock = (path: string, name: string | undefined, declared: readonly Declared[]): Manifest => ({
  path,
  folder: folderOf(path),
  system: "Maven",
  name,
  isLibrary: false,
  declared,
  lockPath: path,
  locked: declared
    .filter(({ range }) => /^\d[\w.-]*$/.test(range))
    .map(({ name: of, range }) => ({ name: of, version: range })),
  lockNames: [],
})
