import { count } from "../../base/text.ts"
import { astGrep } from "../ast-grep.ts"
import { isQuiet } from "./expressions.ts"
import { scriptMentions } from "./module-names.ts"
import { isUnused } from "./organise-imports.ts"
import {
  edited,
  type Refactoring,
  RefactoringRefusedError,
  type RefactoringTools,
  type TextEdit,
} from "./refactoring.ts"
import { type AcrossTools, isExported, mentionsIn } from "./rename-across.ts"
import { type Binding, declarationOf } from "./scopes/scopes.ts"
import { openSources, type Source, sourceOf } from "./sources.ts"
import { removal, statementOf } from "./statements.ts"
import { nodesIn, type SyntaxNode } from "./syntax-tree.ts"

/** What is used only by what goes, goes in the next round. */
const mostRounds = 20

/**
 * Takes out imports, locals and private functions that nothing uses. What has an effect of its own when it is made, what is
 * exported, and parameters stay.
 */
export async function removeUnused(path: string, tools: RefactoringTools): Promise<Refactoring> {
  const sources = openSources(tools)
  const first = await sources.open(path)
  const taken = first.family === "python" ? await takenElsewhere(path, { ...tools, sources }) : new Set<string>()
  const { text, gone } = withoutUnused(await astGrep(), first, taken)
  if (gone.length === 0) throw new RefactoringRefusedError(`Nothing of ${path} is unused, as far as it can be told.`)
  return {
    title: `Remove what is unused in ${path}`,
    notes: [`${count(gone.length, "name")}: ${gone.join(", ")}.`],
    files: [{ path, edits: [{ start: 0, end: first.text.length, text }] }],
    unsure: [],
    by: "syntax",
  }
}

/** The text without what nothing uses, and the names that went. `taken`: names that other files take from it. */
export function withoutUnused(
  grammars: Parameters<typeof sourceOf>[0],
  first: Source,
  taken: ReadonlySet<string> = new Set(),
): { readonly text: string; readonly gone: readonly string[] } {
  const gone: string[] = []
  let text = first.text
  for (let round = 0; round < mostRounds; round++) {
    const source = round === 0 ? first : sourceOf(grammars, first.path, text)
    if (!source) break
    const found = unusedIn(source, taken)
    if (found.length === 0) break
    gone.push(...found.map(({ name }) => name))
    text = edited(text, apart(found.map(({ edit }) => edit)))
  }
  return { text, gone }
}

/** Of edits that overlap the first is made; the others come in the next round. */
function apart(edits: readonly TextEdit[]): TextEdit[] {
  const kept: TextEdit[] = []
  for (const edit of [...edits].sort((a, b) => a.start - b.start))
    if (edit.start >= (kept.at(-1)?.end ?? 0)) kept.push(edit)
  return kept
}

/** Names that other files take from a module of Python, whatever they begin with. */
async function takenElsewhere(path: string, tools: AcrossTools) {
  const names = new Set<string>()
  for (const { path: importer } of (await tools.index.importersOf(path)).items) {
    const source = await tools.sources.tryOpen(importer)
    for (const node of source ? nodesIn(source.root) : []) if (node.kind === "identifier") names.add(node.text)
  }
  return names
}

function unusedIn(source: Source, taken: ReadonlySet<string>): { readonly name: string; readonly edit: TextEdit }[] {
  const isModule =
    source.family === "python" ||
    source.root.named.some(({ kind }) => /^(?:import|export)_statement$/.test(kind)) ||
    scriptMentions(source).length > 0
  return source.scopes.bindings.flatMap((binding) => {
    const isTop = binding.scope === source.scopes.file
    // Of a plain script every name at the top is everybody's.
    if (isTop && !isModule) return []
    const edit = removalOf(source, binding, isTop, taken)
    return edit ? [{ name: binding.name, edit }] : []
  })
}

function removalOf(source: Source, binding: Binding, isTop: boolean, taken: ReadonlySet<string>): TextEdit | undefined {
  const declared = declarationOf(binding)
  if (!declared || binding.isProperty || binding.name === "_") return undefined
  const { node } = declared
  if (binding.kind === "import") return isUnused(source, binding) ? importRemoval(source, node) : undefined
  if (source.family === "script" && isTop && isExported(source, binding)) return undefined
  if (source.family === "python" && isTop && (!/^_(?!_)/.test(binding.name) || taken.has(binding.name)))
    return undefined
  if (
    source.family === "python" &&
    (binding.scope.kind === "class" || new RegExp(`["']${binding.name}["']`).test(source.text))
  )
    return undefined
  if (binding.names.filter(({ isDeclaration }) => isDeclaration).length > 1) return undefined
  const home = declarationNode(node)
  if (!home) return undefined
  const isInside = (other: SyntaxNode) => other.start >= home.start && other.end <= home.end
  if (binding.names.some((name) => !isInside(name.node))) return undefined
  if (/function/.test(home.kind)) return isDecorated(home) ? undefined : removal(source.text, statementOf(home))
  if (home.kind === "variable_declarator" || home.kind === "assignment") {
    const value = home.field("value") ?? home.field("right")
    if (value && !isQuiet(value) && !isRequire(value)) return undefined
    return declaratorRemoval(source.text, home)
  }
  return undefined
}

/** The function or the variable that a name declares; undefined for all else. */
function declarationNode(node: SyntaxNode): SyntaxNode | undefined {
  const { parent } = node
  if (!parent) return undefined
  if (/^(?:generator_)?function_(?:declaration|definition)$/.test(parent.kind)) return parent
  if (parent.kind === "variable_declarator" && parent.field("name") === node) return parent
  if (parent.kind === "assignment" && parent.field("left") === node && parent.parent?.kind === "expression_statement")
    return parent
  return undefined
}

/** `require("./x")`: goes as an import of that name does. */
const isRequire = (value: SyntaxNode): boolean =>
  value.kind === "call_expression" && /^require\(\s*(["'])[^"'\n]*\1\s*\)$/.test(value.text)

/** Whoever decorates, or exports, uses it. */
const isDecorated = ({ parent }: SyntaxNode): boolean =>
  /^(?:decorated_definition|export_statement)$/.test(parent?.kind ?? "")

function declaratorRemoval(text: string, node: SyntaxNode): TextEdit | undefined {
  const { parent } = node
  if (!parent || /^for_/.test(parent.parent?.kind ?? "")) return undefined
  const others = parent.named.filter(({ kind }) => kind === "variable_declarator")
  if (others.length <= 1) return removal(text, statementOf(node))
  return fromList(others, node)
}

/** Takes one of a list with its comma. */
function fromList(list: readonly SyntaxNode[], node: SyntaxNode): TextEdit {
  const at = list.indexOf(node)
  const [before, after] = [list[at - 1], list[at + 1]]
  if (after) return { start: node.start, end: after.start, text: "" }
  return { start: before?.end ?? node.start, end: node.end, text: "" }
}

function importRemoval(source: Source, node: SyntaxNode): TextEdit | undefined {
  const { text, path, family } = source
  if (family === "python" && (path.endsWith("__init__.py") || new RegExp(`["']${node.text}["']`).test(text)))
    return undefined
  const mention = mentionsIn(source).find(({ statement }) => statement.start <= node.start && node.end <= statement.end)
  const statement = mention?.statement
  if (
    !statement ||
    /noqa|@ts-|biome-ignore|eslint-disable/.test(text.slice(statement.start, text.indexOf("\n", statement.end)))
  )
    return undefined
  if (!/^import_/.test(statement.kind)) return undefined
  if (family === "python") {
    const parts = statement.named.filter((part) => part !== statement.field("module_name"))
    const part = parts.find(({ start, end }) => start <= node.start && node.end <= end)
    return part && parts.length > 1 ? fromList(parts, part) : removal(text, statement)
  }
  const clause = statement.named.find(({ kind }) => kind === "import_clause")
  const specifiers = clause?.named.find(({ kind }) => kind === "named_imports")
  const one = specifiers?.named.find(({ start, end }) => start <= node.start && node.end <= end)
  if (specifiers && one && specifiers.named.length > 1) return fromList(specifiers.named, one)
  const pieces = clause?.named ?? []
  const piece = pieces.find(({ start, end }) => start <= node.start && node.end <= end)
  return piece && pieces.length > 1 ? fromList(pieces, piece) : removal(text, statement)
}
