import { basename, dirname, extname, join, normalize } from "node:path/posix"
import { InvalidInputError } from "../../base/errors.ts"
import { count } from "../../base/text.ts"
import type { ImportEdge } from "../code-index.ts"
import { type ModuleMention, pythonMentions, scriptMentions } from "./module-names.ts"
import {
  type FileEdits,
  type Refactoring,
  RefactoringRefusedError,
  type RefactoringTools,
  type TextEdit,
  type UnsurePlace,
  unsureAt,
} from "./refactoring.ts"
import { grammarOf, openSources, type Source, type Sources } from "./sources.ts"
import { dotted, moved, pythonRoot, relativeModule, specifierFor } from "./specifiers.ts"
import { nodesIn } from "./syntax-tree.ts"

interface Move {
  readonly from: string
  readonly to: string
  readonly edits: Map<string, TextEdit[]>
  readonly unsure: UnsurePlace[]
}

/**
 * Moves a file, with all imports of it and in it, and the paths of it in package.json. Mentions elsewhere are told. Throws
 * RefactoringRefusedError where something is there already, InvalidInputError for a folder.
 */
export async function moveFile(from: string, wanted: string, given: RefactoringTools): Promise<Refactoring> {
  const tools = { ...given, sources: openSources(given) }
  await given.read(from)
  const folder = wanted.endsWith("/") || (await isFolder(wanted, given))
  const to = normalize(folder ? join(wanted, basename(from)) : wanted).replace(/^\.\//, "")
  if (to.startsWith("../")) throw new InvalidInputError({ message: `${wanted} is outside the project.` })
  if (to === from) throw new RefactoringRefusedError(`${from} is there already.`)
  if (await given.exists(to)) throw new RefactoringRefusedError(`${to} exists already; nothing is overwritten.`)
  if (grammarOf(from)?.family !== grammarOf(to)?.family)
    throw new RefactoringRefusedError(`${extname(to) || to} is another language than ${extname(from)}.`)
  if (from.endsWith(".go") && dirname(from) !== dirname(to)) {
    throw new RefactoringRefusedError(
      `${from} would change its package, and with it the names by which all its uses call it.`,
      "Move it within its folder, or move symbols.",
    )
  }
  const move: Move = { from, to, edits: new Map(), unsure: [] }
  await inside(move, tools)
  await importers(move, tools)
  await manifests(move, tools)
  await mentions(move, tools)
  const own: FileEdits = { path: from, to, edits: move.edits.get(from) ?? [] }
  move.edits.delete(from)
  const others = [...move.edits].filter(([, edits]) => edits.length > 0).map(([path, edits]) => ({ path, edits }))
  return {
    title: `Move ${from} to ${to}`,
    notes: [`Imports are rewritten in ${count(others.length, "other file")}.`],
    files: [own, ...others],
    unsure: move.unsure,
    by: "syntax",
  }
}

type Tools = RefactoringTools & { readonly sources: Sources }

const isFolder = async (path: string, { index, exists }: RefactoringTools): Promise<boolean> => {
  const plain = path.replace(/\/+$/, "")
  return index.files(plain === "." ? "" : `${plain}/`).length > 0 && (plain === "." || (await exists(plain)))
}

const put = ({ edits }: Move, path: string, edit: TextEdit) => edits.set(path, [...(edits.get(path) ?? []), edit])

/** What the moved file imports. */
async function inside(move: Move, { sources, index }: Tools): Promise<void> {
  const { from, to } = move
  const source = await sources.tryOpen(from)
  if (!source) return
  const edges = (await index.importsOf(from)).items
  const [oldFolder, newFolder] = [folderOf(from), folderOf(to)]
  const namedIn = source.family === "python" ? pythonMentions(source) : scriptMentions(source)
  for (const { module, node } of namedIn) {
    const target = edges.find((edge) => edge.module === module)?.to[0]
    if (!module.startsWith(".") || target === from) continue
    if (source.family === "python") {
      if (target)
        put(move, from, { start: node.start, end: node.end, text: relativeModule(to, packageOf(target, module)) })
      continue
    }
    const fresh = target
      ? specifierFor(newFolder, target, { specifier: module, to: target })
      : moved(module, oldFolder, newFolder)
    if (fresh !== module) put(move, from, { start: node.start + 1, end: node.end - 1, text: fresh })
  }
  for (const node of nodesIn(source.root)) {
    const isAbout = /^(?:__dirname|__filename|__file__)$/.test(node.text) || node.text === "import.meta"
    if (isAbout && node.named.length === 0 && oldFolder !== newFolder)
      move.unsure.push(unsureAt(from, source.text, node.start, "it depends on where the file lies"))
  }
}

/** `from . import a` names the package, though the edge leads to the module in it. */
const packageOf = (target: string, module: string): string =>
  /^\.+$/.test(module) && !target.endsWith("__init__.py") ? join(dirname(target), "__init__.py") : target

const folderOf = (path: string): string => (dirname(path) === "." ? "" : dirname(path))

async function importers(move: Move, { sources, index, read }: Tools): Promise<void> {
  const { from, to } = move
  const { items } = await index.importersOf(from)
  const byPath = Map.groupBy(items, ({ path }) => path)
  for (const [path, edges] of byPath) {
    const source = await sources.tryOpen(path)
    if (!source) {
      const { text } = await read(path)
      const at = text.indexOf(edges[0]?.module ?? "")
      move.unsure.push(unsureAt(path, text, Math.max(0, at), `it names ${from}`))
      continue
    }
    if (source.family === "python") pythonImporter(move, source, edges)
    else
      for (const { module, node } of scriptMentions(source)) {
        if (!edges.some((edge) => edge.module === module)) continue
        const fresh = specifierFor(folderOf(path), to, { specifier: module, to: from })
        if (fresh !== module) put(move, path, { start: node.start + 1, end: node.end - 1, text: fresh })
      }
  }
}

function pythonImporter(move: Move, source: Source, edges: readonly ImportEdge[]): void {
  const { from, to } = move
  const { path, text } = source
  for (const mention of pythonMentions(source)) {
    const edge = edges.find((one) => one.module === mention.module)
    if (!edge) continue
    const isRelative = mention.module.startsWith(".")
    const root = isRelative ? undefined : pythonRoot(mention.module, from)
    if (root !== undefined || (isRelative && relativeModule(path, from) === mention.module)) {
      const fresh = root === undefined ? relativeModule(path, to) : dotted(to, to.startsWith(root) ? root : "")
      const { start, end } = mention.node
      put(move, path, { start, end, text: fresh })
      wholeUses(move, source, mention, fresh)
    } else if (isSoleName(mention, from) && basename(to) === basename(from)) {
      // `from package import module`
      const { start, end } = mention.node
      const packageRoot = isRelative ? "" : (pythonRoot(mention.module, join(dirname(from), "__init__.py")) ?? "")
      const home = join(dirname(to), "__init__.py")
      put(move, path, { start, end, text: isRelative ? relativeModule(path, home) : dotted(home, packageRoot) })
    } else move.unsure.push(unsureAt(path, text, mention.node.start, `it takes ${basename(from)} from its package`))
  }
}

const isSoleName = ({ names }: ModuleMention, from: string): boolean =>
  names.length === 1 && names[0]?.name === basename(from).replace(/\.pyi?$/, "")

/** `import a.b` and `a.b.c()`: uses say the module's whole name. */
function wholeUses(move: Move, source: Source, mention: ModuleMention, fresh: string): void {
  if (mention.statement.kind !== "import_statement" || mention.node.parent?.kind === "aliased_import") return
  for (const { node, isDeclaration } of mention.names[0]?.local?.names ?? []) {
    if (isDeclaration) continue
    let whole = node
    while (whole.text !== mention.module && whole.parent?.kind === "attribute") whole = whole.parent
    if (whole.text === mention.module) put(move, source.path, { start: whole.start, end: whole.end, text: fresh })
    else move.unsure.push(unsureAt(source.path, source.text, node.start, `it may be ${mention.module}`))
  }
}

/** Paths in package.json: main, exports, bin, imports... */
async function manifests(move: Move, { index, read }: Tools): Promise<void> {
  const { from, to } = move
  for (const path of index.files()) {
    if (basename(path) !== "package.json") continue
    const folder = folderOf(path)
    if (folder !== "" && !from.startsWith(`${folder}/`)) continue
    const { text } = await read(path)
    for (const found of text.matchAll(/"(\.?\/?[^"\n:*]+)"/g)) {
      const [, written = ""] = found
      if (join(folder, written) !== from) continue
      const inFolder = folder === "" ? to : to.startsWith(`${folder}/`) ? to.slice(folder.length + 1) : undefined
      if (inFolder === undefined) move.unsure.push(unsureAt(path, text, found.index, `it names ${from}`))
      else {
        const start = found.index + 1
        put(move, path, { start, end: start + written.length, text: (written.startsWith("./") ? "./" : "") + inFolder })
      }
    }
  }
}

/** Files that name the path in other ways: told, not changed. */
async function mentions(move: Move, { index, read, signal }: Tools): Promise<void> {
  if (!move.from.includes("/")) return
  const { hits } = await index.search(
    { text: move.from, mode: "text", caseSensitive: true, limit: 50, unit: "file" },
    signal,
  )
  for (const { path } of hits) {
    const { text } = await read(path)
    const at = text.indexOf(move.from)
    const isChanged = move.edits.get(path)?.some(({ start }) => Math.abs(start - at) < 4)
    if (at >= 0 && path !== move.from && !isChanged) move.unsure.push(unsureAt(path, text, at, "it names the path"))
  }
}
