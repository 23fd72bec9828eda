import { isBuiltin } from "node:module"
import { posix } from "node:path"
import { type Finding, findingOf } from "../../code/finding.ts"
import { parseFile } from "../../code/parse/parse-file.ts"
import type { ParsedFile } from "../../code/types.ts"
import { secretMasker } from "../../workspace/secrets/mask.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { EngineTools } from "../pipeline/engine.ts"
import type { Change } from "../proposal/proposal.ts"

interface Written {
  readonly path: string
  readonly text: string
  /** "" where it is new. */
  readonly before: string
}

/** Files with their text after the changes. */
export async function writtenBy(changes: readonly Change[], workspace: Pick<Workspace, "read">): Promise<Written[]> {
  const written: Written[] = []
  for (const change of changes) {
    if (change.kind === "delete" || change.after === null) continue
    const before = change.kind === "create" ? "" : (await workspace.read(change.path)).text
    written.push({ path: change.kind === "move" ? change.to : change.path, text: change.after, before })
  }
  return written
}

/** What was written is syntax of its language, where it was before. */
export async function* parses(changes: readonly Change[], { workspace }: EngineTools): AsyncIterable<Finding> {
  for (const { path, text, before } of await writtenBy(changes, workspace)) {
    if (!(await parseFile(path, text)).hasErrors) continue
    if (before !== "" && (await parseFile(path, before)).hasErrors) continue
    const message = "It is no valid syntax."
    yield findingOf({ rule: "generate/syntax", severity: "error", message, path, evidence: text.slice(0, 200) })
  }
}

/** No secret comes into a file. */
export async function* withoutSecrets(changes: readonly Change[], { workspace }: EngineTools): AsyncIterable<Finding> {
  for (const { path, text, before } of await writtenBy(changes, workspace)) {
    const old = new Set(before.split("\n"))
    for (const [at, line] of text.split("\n").entries()) {
      if (old.has(line) || secretMasker().mask(line) === line) continue
      const message = "A secret would be written into the file: read it from the environment or the settings."
      yield findingOf({
        rule: "generate/secret",
        severity: "error",
        message,
        path,
        startLine: at + 1,
        evidence: message,
      })
    }
  }
}

const script = /\.[cm]?[jt]sx?$/
const endings = ["", ".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".vue", ".svelte"]
const indexes = ["/index.ts", "/index.tsx", "/index.js", "/index.jsx", "/index.mjs"]

/**
 * New imports lead somewhere: relative ones to a file that is there or is made, packages to a manifest that names them.
 * A missing package is a warning: it is said, and not installed. Only for JavaScript and TypeScript, whose imports name
 * files; of other languages the compiler says it.
 */
export async function* importsResolve(changes: readonly Change[], { workspace }: EngineTools): AsyncIterable<Finding> {
  const written = await writtenBy(changes, workspace)
  const made = new Set(written.map(({ path }) => path))
  const gone = new Set(changes.flatMap(({ kind, path }) => (kind === "delete" || kind === "move" ? [path] : [])))
  const isThere = async (path: string) =>
    made.has(path) ||
    (!gone.has(path) && (await workspace.exists(path)) && (await workspace.stat(path)).kind === "file")
  for (const { path, text, before } of written) {
    if (!script.test(path)) continue
    const known = new Set(importsIn(await parseFile(path, before)).map(({ module }) => module))
    for (const { module, line } of importsIn(await parseFile(path, text))) {
      if (known.has(module)) continue
      const evidence = text.split("\n")[line - 1]?.trim() ?? module
      const about = { path, startLine: line, evidence }
      if (/^\.{1,2}(\/|$)/.test(module)) {
        const target = posix.normalize(posix.join(posix.dirname(path), module))
        const bare = target.replace(/\.[cm]?jsx?$/, "")
        const candidates = [...endings.map((end) => target + end), ...indexes.map((end) => target + end)]
        const typed = bare === target ? [] : [`${bare}.ts`, `${bare}.tsx`, `${bare}.mts`, `${bare}.cts`]
        if (target.startsWith("../") || !(await anyOf([...candidates, ...typed], isThere))) {
          const message = `${module} leads to no file that is there or is made.`
          yield findingOf({ rule: "generate/import", severity: "error", message, ...about })
        }
      } else if (!isBuiltin(module) && !/^[~#$]|^@\/|^\w+:|^\//.test(module)) {
        const name = module.split("/", module.startsWith("@") ? 2 : 1).join("/")
        if ((await packagesFor(path, workspace)).has(name) || (await isMember(name, workspace))) continue
        const message = `${name} is not in package.json. Nothing was installed: add it, if you want it.`
        yield findingOf({ rule: "generate/package", severity: "warning", message, ...about })
      }
    }
  }
}

const importsIn = ({ imports }: ParsedFile) => imports

async function anyOf(paths: readonly string[], holds: (path: string) => Promise<boolean>): Promise<boolean> {
  for (const path of paths) if (await holds(path)) return true
  return false
}

/** Names of packages in the manifests from the file's folder up to the root, with their own. */
async function packagesFor(path: string, workspace: Workspace): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for (let folder = posix.dirname(path); ; folder = posix.dirname(folder)) {
    for (const name of await packagesOf(posix.join(folder, "package.json"), workspace)) names.add(name)
    if (folder === "." || folder === "/") return names
  }
}

async function packagesOf(manifest: string, workspace: Workspace): Promise<readonly string[]> {
  if (!(await workspace.exists(manifest))) return []
  try {
    const value: unknown = JSON.parse((await workspace.read(manifest)).text)
    if (typeof value !== "object" || value === null) return []
    return Object.entries(value).flatMap(([key, one]) =>
      key === "name" ? [String(one)] : /ependencies$/.test(key) && one ? Object.keys(one) : [],
    )
  } catch {
    return []
  }
}

const isMember = async (name: string, workspace: Workspace): Promise<boolean> =>
  workspace.exists(posix.join("node_modules", name))
