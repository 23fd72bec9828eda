import { dirname } from "node:path/posix"
import type { Definition, Evidence } from "../code-index.ts"
import { definitionKey } from "../index/keys.ts"
import type { FoundSymbol, View } from "../index/view.ts"
import type { ParsedFile, Reference } from "../types.ts"
import { announced, asDefined, isInternal } from "./declarations.ts"
import { familyOf, sharesFolderScope } from "./families.ts"
import type { Modules } from "./modules.ts"

export interface Resolved extends Evidence {
  readonly path: string
  readonly found: FoundSymbol
}

/** A definition of the tree by its path and number in the file. */
export function definitionOf(path: string, { symbol }: Pick<FoundSymbol, "symbol">): Definition {
  const { name, kind, path: within, startLine, endLine, nameLine, signature, doc, isExported } = symbol
  return { path, name, kind, within, startLine, endLine, nameLine, signature, doc, isExported }
}

/** Names with more definitions than this, and nothing to tell them apart, are not guessed at. */
const maxGuesses = 8
/** Above so many files with the name, only those that the user imports or lives beside are read. */
const manyDefiners = 24

function nearBy(view: View, modules: Modules, path: string, file: ParsedFile): (content: number) => boolean {
  const near = new Set([path, ...modules.filesIn(dirname(path) === "." ? "" : dirname(path))])
  for (const { module, names } of file.imports)
    for (const to of modules.resolve(
      path,
      module,
      file.language,
      names.map(({ name }) => name),
    ))
      near.add(to)
  const contents = new Set([...near].map((one) => view.tree.get(one)?.content ?? 0))
  return (content) => contents.has(content)
}

const ownNames: ReadonlySet<string> = new Set(["this", "self", "super", "cls", "Self", "@", "$this", "static"])

/**
 * What a reference refers to, most likely first. Scope is told by rules, in this order: the file itself, what it imports
 * by name, a module or package the qualifier names, the same folder where a language has that, whole-module imports, and
 * last that there is no other definition of that name. A declaration (a prototype, an overload) refers to what it
 * announces. Each rule has its confidence; nothing here runs the code.
 */
export function resolveReference(
  view: View,
  modules: Modules,
  path: string,
  file: ParsedFile,
  reference: Reference,
): Resolved[] {
  const family = familyOf(file.language)
  const content = view.tree.get(path)?.content ?? 0
  const contents = view
    .contentsUnder(definitionKey(reference.name))
    .filter((other) => familyOf(view.contents.get(other)?.language ?? "") === family)
  // A name that is defined all over the project can only be one that is near, or none that can be told.
  const among = contents.length > manyDefiners ? contents.filter(nearBy(view, modules, path, file)) : contents
  const candidates = view.definitionsOf(reference.name, { among })
  const isMember = reference.qualifier !== ""
  const head = reference.qualifier.split(/[.:>\-[(?!]/)[0] ?? ""

  const defined = (some: readonly FoundSymbol[]) => asDefined(view, modules, some, candidates)

  const own = candidates.filter((candidate) => candidate.content === content)
  if (own.length > 0 && (!isMember || ownNames.has(head))) {
    const scope = reference.within >= 0 ? file.symbols[reference.within] : undefined
    const enclosing = scope ? [...scope.path, scope.name] : []
    const depthOf = ({ symbol }: FoundSymbol) => {
      let depth = 0
      while (depth < symbol.path.length && symbol.path[depth] === enclosing[depth]) depth++
      return depth === symbol.path.length ? depth : -1
    }
    const best = Math.max(...own.map(depthOf))
    const chosen = defined(own.filter((candidate) => depthOf(candidate) === best))
    const confidence = (best >= 0 ? 0.97 : 0.7) / Math.max(1, chosen.length * 0.75)
    const isHere = chosen.every((candidate) => candidate.content === content)
    return isHere
      ? chosen.map((found) => ({ path, found, confidence, reason: "defined in the same file" }))
      : expand(view, chosen, path, confidence, "declared in the same file")
  }

  const imported = fromImports(view, modules, path, file, reference, head, candidates)
  if (imported.length > 0) return imported

  if (family === "c") {
    const included = modules.reachable(path)
    const among = (candidate: FoundSymbol) => view.tree.pathsOf(candidate.content).find((one) => included.has(one))
    const through = candidates.filter((candidate) => among(candidate) !== undefined)
    const meant = defined(through)
    const [first] = through.map(among)
    if (meant.length > 0 && meant.length <= maxGuesses)
      return expand(view, meant, path, 0.85 / meant.length, `${first} is included by what it includes`)
  }

  const typed = defined(
    candidates.filter(({ symbol }) => {
      const owner = symbol.path.at(-1)?.toLowerCase()
      return isMember && owner !== undefined && lastOf(reference.qualifier).toLowerCase() === owner
    }),
  )
  if (typed.length > 0 && typed.length <= maxGuesses)
    return expand(view, typed, path, 0.8 / typed.length, `${reference.qualifier} has the name of its class`)

  const members = defined(own)
  if (members.length === 1) return expand(view, members, path, 0.6, "a member of that name in the same file")

  if (sharesFolderScope(file.language)) {
    const folder = dirname(path)
    const near = candidates.filter((c) => view.tree.pathsOf(c.content).some((other) => dirname(other) === folder))
    if (near.length > 0 && near.length <= maxGuesses)
      return expand(view, near, path, (isMember ? 0.6 : 0.9) / near.length, "defined in the same package")
  }
  if (contents.length > manyDefiners) return []
  const rest = defined(candidates).filter((candidate) => candidate.content !== content && !isInternal(view, candidate))
  if (rest.length === 1)
    return expand(view, rest, path, isMember ? 0.5 : 0.6, "the only definition of that name in the project")
  if (rest.length > 1 && rest.length <= maxGuesses)
    return expand(view, rest, path, 0.4 / rest.length, `one of ${rest.length} definitions of that name`)
  return []
}

function fromImports(
  view: View,
  modules: Modules,
  path: string,
  file: ParsedFile,
  reference: Reference,
  head: string,
  candidates: readonly FoundSymbol[],
): Resolved[] {
  const wanted = head === "" ? reference.name : head
  const found: Resolved[] = []
  for (const entry of file.imports) {
    const bound = entry.names.find(({ alias, name }) => (alias === "" ? name : alias) === wanted)
    const isWhole = entry.names.length === 0 || entry.names.some(({ name }) => name === "*")
    const isNamedModule = head !== "" && lastOf(entry.module.replace(/["']/g, "")) === lastOf(reference.qualifier)
    if (!bound && !isWhole && !isNamedModule) continue
    const names = entry.names.map(({ name }) => name)
    const paths = modules.resolve(path, entry.module, file.language, names)
    if (paths.length === 0) continue
    const direct = candidates.filter(({ content }) => paths.some((p) => view.tree.get(p)?.content === content))
    const target = paths[0] ?? ""
    if (direct.length > 0) {
      const isNamed = bound || isNamedModule
      const meant = asDefined(view, modules, direct, candidates)
      const isDeclared = direct.some((one) => announced(view, modules, one, candidates).length > 0)
      const confidence = isNamed ? 0.97 : isDeclared ? 0.9 : 0.75
      const reason = isNamed
        ? `imported from ${target}`
        : `${isDeclared ? "declared in " : ""}${target}${isDeclared ? ", which" : ""} is imported as a whole`
      found.push(...expand(view, meant, path, confidence / Math.max(1, meant.length * 0.75), reason))
    } else if (bound && bound.name !== reference.name && head === "") {
      // Imported under another name, or as the default: what the module calls it.
      const there = bound.name === "default" ? [] : view.definitionsOf(bound.name)
      const renamed = there.filter(({ content }) => paths.some((p) => view.tree.get(p)?.content === content))
      const meant = asDefined(view, modules, renamed, there)
      found.push(...expand(view, meant, path, 0.95, `imported from ${target} as ${wanted}`))
    } else if (bound) {
      // The module hands on what others define.
      const through = asDefined(view, modules, reExported(view, modules, paths, candidates), candidates)
      found.push(...expand(view, through, path, 0.85 / Math.max(1, through.length), `imported through ${target}`))
    }
  }
  // Two headers may declare the same.
  const best = new Map<string, Resolved>()
  for (const one of found) {
    const key = `${one.found.content} ${one.found.index}`
    if (one.confidence > (best.get(key)?.confidence ?? 0)) best.set(key, one)
  }
  return [...best.values()]
}

/** Candidates in files that one of `paths` imports (or re-exports from), at most two steps away. */
function reExported(view: View, modules: Modules, paths: readonly string[], candidates: readonly FoundSymbol[]) {
  const contents = new Set(candidates.map(({ content }) => content))
  let frontier = [...paths]
  const seen = new Set(frontier)
  for (let step = 0; step < 2; step++) {
    const next: string[] = []
    for (const path of frontier.slice(0, 40)) {
      const content = view.tree.get(path)?.content ?? 0
      const file = view.outline(content)
      for (const { module } of file?.imports ?? [])
        for (const to of modules.resolve(path, module, file?.language ?? "")) {
          if (seen.has(to)) continue
          seen.add(to)
          next.push(to)
        }
    }
    const hits = new Set(
      next.map((path) => view.tree.get(path)?.content ?? 0).filter((content) => contents.has(content)),
    )
    if (hits.size > 0) return candidates.filter(({ content }) => hits.has(content))
    frontier = next
  }
  return []
}

/** A content has as many definitions as it has paths; the one nearest to the user is meant. */
function expand(
  view: View,
  found: readonly FoundSymbol[],
  from: string,
  confidence: number,
  reason: string,
): Resolved[] {
  return found.flatMap((one) => {
    const paths = view.tree.pathsOf(one.content)
    const folder = dirname(from)
    const path = paths.find((other) => dirname(other) === folder) ?? paths[0]
    return path === undefined ? [] : [{ path, found: one, confidence: Math.min(0.99, confidence), reason }]
  })
}

const lastOf = (text: string): string =>
  text
    .split(/[./:\\>-]+/)
    .filter(Boolean)
    .at(-1) ?? ""
