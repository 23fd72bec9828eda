import { type Refactoring, RefactoringRefusedError, type RefactoringTools, type TextEdit } from "./refactoring.ts"
import type { Binding } from "./scopes/scopes.ts"
import { openSources, type Source } from "./sources.ts"
import { newlineOf } from "./statements.ts"
import { nodesIn, type SyntaxNode } from "./syntax-tree.ts"

/** One import statement, taken apart. */
interface Parts {
  readonly module: string
  /** With its quotes, as written. */
  readonly from: string
  readonly isType: boolean
  readonly whole: string | undefined
  readonly namespace: string | undefined
  readonly names: readonly string[]
  /** What comes after: attributes, comments. */
  readonly tail: string
}

/** Imports of a file sorted, merged by module, and without those that nothing uses. */
export async function organiseImports(path: string, tools: RefactoringTools): Promise<Refactoring> {
  const source = await openSources(tools).open(path)
  const edits = importEdits(source)
  if (edits.length === 0) throw new RefactoringRefusedError(`The imports of ${path} are in order already.`)
  return {
    title: `Organise the imports of ${path}`,
    notes: [
      "Imports that nothing uses are gone, those of one module are one, and all are sorted within their group.",
      "Modules are loaded in the new order; an import without names keeps its place.",
    ],
    files: [{ path, edits }],
    unsure: [],
    by: "syntax",
  }
}

/** Groups of imports with nothing but line ends between; an import for its effects alone divides two groups. */
export function importEdits(source: Source): TextEdit[] {
  const { text, family } = source
  const edits: TextEdit[] = []
  let group: SyntaxNode[] = []
  const finish = () => {
    const [first] = group
    const last = group.at(-1)
    if (first && last) {
      const parts = group.flatMap((statement) => partsOf(source, statement))
      const lines = family === "script" ? scriptLines(parts) : pythonLines(parts)
      const fresh = lines.join(newlineOf(text))
      const { start } = first
      let { end } = last
      if (fresh === "") end += /^[ \t]*(?:\r?\n)*/.exec(text.slice(end))?.[0].length ?? 0
      if (text.slice(start, end) !== fresh) edits.push({ start, end, text: fresh })
    }
    group = []
  }
  for (const node of source.root.named) {
    const before = group.at(-1)
    const isNear = !before || /^[ \t]*;?[ \t]*\r?\n$/.test(text.slice(before.end, node.start))
    if (!isNear) finish()
    if (isSortable(source, node)) group.push(node)
    else finish()
  }
  finish()
  return edits
}

/** Statements with comments in or behind them stay as they are. */
function isSortable({ text, family }: Source, node: SyntaxNode): boolean {
  const lineEnd = text.indexOf("\n", node.end)
  const rest = text.slice(node.end, lineEnd < 0 ? text.length : lineEnd)
  if (rest.trim() !== "" || [...nodesIn(node)].some(({ kind }) => kind === "comment")) return false
  if (family === "python")
    return node.kind === "import_statement" || (node.kind === "import_from_statement" && !node.text.includes("*"))
  return node.kind === "import_statement" && node.named.some(({ kind }) => kind === "import_clause")
}

/** Only its declaration names it. React is what JSX is made with, in older projects. */
export function isUnused({ root, path }: Source, { names, name }: Binding): boolean {
  if (names.some(({ isDeclaration }) => !isDeclaration)) return false
  if (/^(?:React|h|Fragment)$/.test(name) && /\.[jt]sx$/.test(path))
    return ![...nodesIn(root)].some(({ kind }) => kind.startsWith("jsx_"))
  return true
}

function unusedAt(source: Source, node: SyntaxNode): boolean {
  const binding = source.scopes.bindings.find(({ names }) => names.some((name) => name.node === node))
  return binding !== undefined && isUnused(source, binding) && !isTold(source, binding.name)
}

/** A package of Python imports what it hands on; `__all__` names it as a string. */
const isTold = ({ path, text, family }: Source, name: string): boolean =>
  family === "python" && (path.endsWith("__init__.py") || new RegExp(`["']${name}["']`).test(text))

function partsOf(source: Source, statement: SyntaxNode): Parts[] {
  if (source.family === "python") return pythonParts(source, statement)
  const clause = statement.named.find(({ kind }) => kind === "import_clause")
  const from = statement.field("source")
  if (!clause || !from) return []
  const kept = (node: SyntaxNode | undefined) => (node && !unusedAt(source, node) ? node.text : undefined)
  const whole = kept(clause.named.find(({ kind }) => kind === "identifier"))
  const space = clause.named.find(({ kind }) => kind === "namespace_import")
  const namespace = kept(space?.named[0])
  const specifiers = clause.named.find(({ kind }) => kind === "named_imports")?.named ?? []
  const names = specifiers
    .filter((one) => !unusedAt(source, one.field("alias") ?? one.named[0] ?? one))
    .map(({ text }) => text.replace(/\s+/g, " "))
  if (whole === undefined && namespace === undefined && names.length === 0) return []
  const isType = statement.children.some(({ kind }) => kind === "type")
  const tail = source.text.slice(from.end, statement.end)
  return [{ module: from.text.slice(1, -1), from: from.text, isType, whole, namespace, names, tail }]
}

const byText = (a: string, b: string): number => {
  const [left, right] = [a.toLowerCase(), b.toLowerCase()]
  return left < right ? -1 : left > right ? 1 : a < b ? -1 : a > b ? 1 : 0
}
/** Built in, packages, aliases of the project, then files ever nearer. */
const rank = (module: string): number =>
  module.startsWith("node:")
    ? 0
    : module.startsWith("./")
      ? 4
      : module.startsWith(".")
        ? 3
        : /^(?:@\/|~|#)/.test(module)
          ? 2
          : 1

const byName = (a: string, b: string): number => byText(a.replace(/^type /, ""), b.replace(/^type /, ""))

function scriptLines(parts: readonly Parts[]): string[] {
  const merged: Parts[] = []
  for (const part of parts) {
    const at = merged.findIndex(
      (one) =>
        one.module === part.module && one.isType === part.isType && one.tail === part.tail && canMerge(one, part),
    )
    const other = merged[at]
    if (!other) merged.push(part)
    else
      merged[at] = { ...other, whole: other.whole ?? part.whole, names: [...new Set([...other.names, ...part.names])] }
  }
  return merged
    .sort(
      (a, b) => rank(a.module) - rank(b.module) || byText(a.module, b.module) || Number(a.isType) - Number(b.isType),
    )
    .map(({ from, isType, whole, namespace, names, tail }) => {
      const inner = names.length > 0 ? [...names].sort(byName).join(", ") : undefined
      const what = (list: string | undefined) =>
        [whole, namespace && `* as ${namespace}`, list].filter((one) => one !== undefined).join(", ")
      const line = (list: string | undefined) => `import ${isType ? "type " : ""}${what(list)} from ${from}${tail}`
      const short = line(inner && `{ ${inner} }`)
      if (short.length <= 120 || !inner) return short
      return line(
        `{\n${[...names]
          .sort(byName)
          .map((name) => `  ${name},\n`)
          .join("")}}`,
      )
    })
}

/** `import type a, { b }` is none, and nothing stands beside `* as`. */
function canMerge(a: Parts, b: Parts): boolean {
  if (a.namespace !== undefined || b.namespace !== undefined) return false
  if (a.whole !== undefined && b.whole !== undefined) return false
  const hasWhole = a.whole !== undefined || b.whole !== undefined
  return !(a.isType && hasWhole && (a.names.length > 0 || b.names.length > 0))
}

function pythonParts(source: Source, statement: SyntaxNode): Parts[] {
  const module = statement.field("module_name")
  const parts = statement.named.filter((part) => part !== module)
  const isKept = (part: SyntaxNode) => {
    const local = part.field("alias") ?? part.named[0]
    return !local || !unusedAt(source, local)
  }
  const isFuture = statement.kind === "future_import_statement"
  const kept = parts.filter((part) => isFuture || isKept(part)).map(({ text }) => text)
  const none = { isType: false, whole: undefined, namespace: undefined, tail: "" }
  if (!module) return kept.map((name) => ({ ...none, module: name, from: "", names: [name] }))
  return kept.length > 0 ? [{ ...none, module: module.text, from: module.text, names: kept }] : []
}

function pythonLines(parts: readonly Parts[]): string[] {
  const modules = [...new Set(parts.filter(({ from }) => from === "").flatMap(({ names }) => names))]
  const froms = Map.groupBy(
    parts.filter(({ from }) => from !== ""),
    ({ module }) => module,
  )
  const lines = [...froms]
    .sort(([a], [b]) => byText(a, b))
    .map(([module, some]) => {
      const names = [...new Set(some.flatMap(({ names }) => names))].sort(byText)
      const short = `from ${module} import ${names.join(", ")}`
      return short.length <= 88 ? short : `from ${module} import (\n${names.map((name) => `    ${name},\n`).join("")})`
    })
  return [...modules.sort(byText).map((name) => `import ${name}`), ...lines]
}
