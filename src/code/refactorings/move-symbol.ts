import { dirname, join } from "node:path/posix"
import { astGrep } from "../ast-grep.ts"
import { namesIn } from "./expressions.ts"
import { type ModuleMention, scriptExports } from "./module-names.ts"
import {
  type FileEdits,
  type Refactoring,
  RefactoringRefusedError,
  type RefactoringTools,
  type TextEdit,
  type UnsurePlace,
  unsureAt,
} from "./refactoring.ts"
import { type AcrossTools, isExported, mentionsIn } from "./rename-across.ts"
import { type Binding, bindingAt, declarationOf } from "./scopes/scopes.ts"
import { openSources, type Source, sourceOf } from "./sources.ts"
import { dotted, relativeModule, specifierFor } from "./specifiers.ts"
import { commentsAbove, newlineOf, removal, statementOf, wholeLines } from "./statements.ts"
import type { SyntaxNode } from "./syntax-tree.ts"
import { findTarget } from "./target.ts"

/**
 * Moves a declaration at the top of a file to another file, which is made where it is missing: with the imports that it needs;
 * all who import it do so from there. Throws RefactoringRefusedError where the two files would need each other's values, or the
 * name is taken there.
 */
export async function moveSymbol(target: string, to: string, given: RefactoringTools): Promise<Refactoring> {
  const tools = { ...given, sources: openSources(given) }
  const found = await findTarget(target, tools)
  const source = await tools.sources.open(found.path)
  const binding = bindingAt(source.scopes, found.offset)
  const declared = binding && declarationOf(binding)
  const refuse = (why: string) => new RefactoringRefusedError(`${found.name} can't be moved to ${to}: ${why}.`)
  if (!binding || !declared || binding.scope !== source.scopes.file || binding.kind === "import")
    throw refuse("only what is declared at the top of a file can be moved")
  if (to === source.path) throw refuse("it is there already")
  const exists = await given.exists(to)
  const grammars = await astGrep()
  const other = exists ? await tools.sources.open(to) : sourceOf(grammars, to, "")
  if (!other || other.family !== source.family) throw refuse("that is a file of another language")
  if (other.scopes.file.bindings.has(binding.name)) {
    const there = other.scopes.file.bindings.get(binding.name)
    const isFromHere =
      there?.kind === "import" &&
      there.names.length >= 1 &&
      (await importsFrom(other, source.path, tools)).has(binding.name)
    if (!isFromHere) throw refuse("the name is taken there")
  }
  // A value and a type of one name are moved together.
  const statements = [
    ...new Set(binding.names.filter(({ isDeclaration }) => isDeclaration).map(({ node }) => statementOf(node))),
  ]
  const declarators = statements.map(
    (statement) =>
      statement.named.flatMap((one) => [one, ...one.named]).filter(({ kind }) => kind === "variable_declarator").length,
  )
  if (declarators.some((many) => many > 1)) throw refuse("it is declared together with others")
  const isDefault = statements.some(({ children }) => children[1]?.kind === "default")
  if (isDefault || scriptExports(source).some((one) => one.binding === binding && one.specifier))
    throw refuse("it is exported apart from its declaration")
  const wasExported = isExported(source, binding)
  const needs = statements
    .flatMap((statement) => namesIn(source.scopes, statement))
    .flatMap(({ binding: of }) => (of && of !== binding && of.scope === source.scopes.file ? [of] : []))
  const stays = binding.names.some(
    ({ node }) => !statements.some(({ start, end }) => start <= node.start && node.end <= end),
  )
  const own = new Set(needs.filter(({ kind }) => kind !== "import"))
  if (stays && [...own].some((one) => one.kind !== "type"))
    throw refuse(
      `the files would import each other: it needs ${[...own].map(({ name }) => name).join(", ")}, and is used here`,
    )
  const hidden = source.family === "script" ? [...own].filter((one) => !isExported(source, one)) : []
  const plan: Plan = { source, other, binding, statements, to, exists, edits: new Map(), unsure: [] }
  for (const one of hidden) exportHere(plan, one)
  await bring(plan, [...new Set(needs)], wasExported || stays, tools)
  await pointHere(plan, stays, tools)
  return {
    title: `Move ${binding.name} to ${to}`,
    notes:
      hidden.length > 0
        ? [
            `${hidden.map(({ name }) => name).join(", ")} ${hidden.length === 1 ? "is" : "are"} exported now: it needs ${hidden.length === 1 ? "it" : "them"}.`,
          ]
        : [],
    files: filesOf(plan),
    unsure: plan.unsure,
    by: "syntax",
  }
}

interface Plan {
  readonly source: Source
  readonly other: Source
  readonly binding: Binding
  /** What declares it. */
  readonly statements: readonly SyntaxNode[]
  readonly to: string
  readonly exists: boolean
  readonly edits: Map<string, TextEdit[]>
  readonly unsure: UnsurePlace[]
}

const put = ({ edits }: Pick<Plan, "edits">, path: string, ...more: readonly TextEdit[]) =>
  edits.set(path, [...(edits.get(path) ?? []), ...more])

function filesOf({ edits, to, exists }: Plan): FileEdits[] {
  return [...edits].map(([path, list]) =>
    path === to && !exists
      ? { path, edits: [], created: list.map(({ text }) => text).join("") }
      : { path, edits: list },
  )
}

function exportHere(plan: Plan, binding: Binding): void {
  const node = declarationOf(binding)?.node
  if (!node) return
  const { start } = statementOf(node)
  put(plan, plan.source.path, { start, end: start, text: "export " })
}

/** Names that a file takes from another. */
async function importsFrom(source: Source, path: string, { index }: RefactoringTools): Promise<ReadonlySet<string>> {
  const modules = new Set(
    (await index.importsOf(source.path)).items.filter(({ to }) => to.includes(path)).map(({ module }) => module),
  )
  return new Set(
    mentionsIn(source)
      .filter(({ module }) => modules.has(module))
      .flatMap(({ names }) => names.map(({ name }) => name)),
  )
}

/** Takes the declaration out, and puts it with its imports into the other file. */
async function bring(plan: Plan, needs: readonly Binding[], mustExport: boolean, tools: AcrossTools): Promise<void> {
  const { source, other, statements, to, exists } = plan
  const { text } = source
  const line = newlineOf(exists ? other.text : text)
  const pieces = statements.map((statement) => {
    const { start, end } = wholeLines(text, statement, commentsAbove(statement, text))
    put(plan, source.path, removal(text, statement))
    const piece = text.slice(start, end).trimEnd()
    const offset = statement.start - start
    const isExport = statement.kind === "export_statement" || source.family === "python"
    return mustExport && !isExport ? `${piece.slice(0, offset)}export ${piece.slice(offset)}` : piece
  })
  const code = pieces.join(line)
  const isPackage = tools.index.files().includes(join(dirname(to), "__init__.py"))
  const edges = (await tools.index.importsOf(source.path)).items
  const imports = needs.flatMap((need): string[] => {
    const known = other.scopes.file.bindings.get(need.name)
    if (known?.kind === "import") return []
    if (known)
      throw new RefactoringRefusedError(`It can't be moved: it needs ${need.name}, which is something else in ${to}.`)
    const written = importOf(plan, need, edges, isPackage)
    return written === undefined ? [] : [written]
  })
  const sorted = [...new Set(imports)]
  if (!exists) {
    put(plan, to, {
      start: 0,
      end: 0,
      text: `${sorted.join(line)}${sorted.length > 0 ? line + line : ""}${code}${line}`,
    })
    return
  }
  const lastImport = other.root.named.filter(({ kind }) => /^import_/.test(kind)).at(-1)
  const at = lastImport?.end ?? 0
  if (sorted.length > 0)
    put(plan, to, { start: at, end: at, text: lastImport ? line + sorted.join(line) : sorted.join(line) + line + line })
  const length = other.text.length
  put(plan, to, {
    start: length,
    end: length,
    text: `${other.text.endsWith("\n") || length === 0 ? "" : line}${line}${code}${line}`,
  })
}

/** Outside of packages there are no relative imports: programs are started in their folder, or in the root. */
const pythonModule = (from: string, to: string, isPackage: boolean): string =>
  isPackage
    ? relativeModule(from, to)
    : dotted(to, dirname(from) === dirname(to) && dirname(to) !== "." ? dirname(to) : "")

/** The import by which the new file gets what the old one knew under a name. */
function importOf(
  { source, to }: Plan,
  need: Binding,
  edges: readonly { readonly module: string; readonly to: readonly string[] }[],
  isPackage: boolean,
): string | undefined {
  const folder = dirname(to) === "." ? "" : dirname(to)
  if (need.kind !== "import") {
    const type = need.kind === "type" ? "type " : ""
    if (source.family === "python") return `from ${pythonModule(to, source.path, isPackage)} import ${need.name}`
    return `import { ${type}${need.name} } from ${quoted(source, specifierFor(folder, source.path, styleOf(source, edges)))}`
  }
  for (const { module, names, statement, node } of mentionsIn(source)) {
    const name = names.find(({ local }) => local === need)
    if (!name) continue
    const resolved = edges.find((edge) => edge.module === module)?.to[0]
    if (source.family === "python") {
      const from = module.startsWith(".") && resolved ? relativeModule(to, resolved) : module
      if (statement.kind === "import_statement")
        return `import ${module}${need.name === module.split(".")[0] ? "" : ` as ${need.name}`}`
      return `from ${from} import ${name.name}${name.name === need.name ? "" : ` as ${need.name}`}`
    }
    const specifier =
      resolved && module.startsWith(".") ? specifierFor(folder, resolved, { specifier: module, to: resolved }) : module
    const isType =
      statement.children.some(({ kind }) => kind === "type") || statement.text.includes(`type ${name.name}`)
    const what =
      name.name === "*"
        ? `* as ${need.name}`
        : name.name === "default"
          ? need.name
          : `{ ${name.name}${name.name === need.name ? "" : ` as ${need.name}`} }`
    // Attributes, and the file's own way to end a statement.
    const tail = statement.text.slice(node.end - statement.start)
    const quote = node.text[0] ?? '"'
    return `import ${isType ? "type " : ""}${what} from ${quote}${specifier}${quote}${tail}`
  }
  return undefined
}

const quoted = ({ text }: Source, specifier: string): string => {
  const quote = /from '|require\('/.test(text) ? "'" : '"'
  return `${quote}${specifier}${quote}${/from ["'][^"'\n]*["'];/.test(text) ? ";" : ""}`
}

/** How the file writes its relative imports; where it has none, with the ending that TypeScript's sources and modules have. */
function styleOf({ path }: Source, edges: readonly { readonly module: string; readonly to: readonly string[] }[]) {
  const edge = edges.find(({ module, to }) => module.startsWith(".") && to.length > 0)
  return edge
    ? { specifier: edge.module, to: edge.to[0] ?? path }
    : { specifier: `./${path.split("/").at(-1)}`, to: path }
}

/** All who took it from the old file take it from the new one; the old one too, where it still uses it. */
async function pointHere(plan: Plan, stays: boolean, tools: AcrossTools): Promise<void> {
  const { source, binding, to } = plan
  const edges = (await tools.index.importsOf(source.path)).items
  const folder = dirname(source.path) === "." ? "" : dirname(source.path)
  if (stays) {
    const isPackage = tools.index.files().includes(join(folder, "__init__.py"))
    const module =
      source.family === "python"
        ? pythonModule(source.path, to, isPackage)
        : specifierFor(folder, to, styleOf(source, edges))
    const type = binding.kind === "type" ? "type " : ""
    const statement =
      source.family === "python"
        ? `from ${module} import ${binding.name}`
        : `import { ${type}${binding.name} } from ${quoted(source, module)}`
    const last = source.root.named.filter(({ kind }) => /^import_/.test(kind)).at(-1)
    const line = newlineOf(source.text)
    put(
      plan,
      source.path,
      last
        ? { start: last.end, end: last.end, text: line + statement }
        : { start: 0, end: 0, text: `${statement}${line}${line}` },
    )
  }
  const importers = Map.groupBy((await tools.index.importersOf(source.path)).items, ({ path }) => path)
  for (const [path, some] of importers) {
    const importer = await tools.sources.tryOpen(path)
    if (!importer) continue
    for (const mention of mentionsIn(importer)) {
      const edge = some.find(({ module }) => module === mention.module)
      if (!edge) continue
      const name = mention.names.find((one) => one.name === binding.name)
      const isWhole = mention.names.some((one) => one.name === "*") || mention.isOpaque
      if (isWhole && importer.text.includes(binding.name)) {
        plan.unsure.push(unsureAt(path, importer.text, mention.node.start, `it takes all of ${source.path}`))
      }
      if (!name?.node) continue
      if (path === to) dropImport(plan, importer, mention, name.node)
      else repoint(plan, importer, mention, name.node, to)
    }
  }
}

function specifierOf(mention: { readonly statement: SyntaxNode }, node: SyntaxNode) {
  const specifier =
    /^(?:import|export)_specifier$|^aliased_import$|^dotted_name$/.test(node.parent?.kind ?? "") &&
    node.parent !== mention.statement
      ? node.parent
      : node
  const list = (specifier?.parent?.named ?? []).filter(
    (one) => one.kind !== "string" && one !== mention.statement.field("module_name"),
  )
  return { specifier: specifier ?? node, list }
}

/** The new file has it now. */
function dropImport(plan: Plan, importer: Source, mention: { readonly statement: SyntaxNode }, node: SyntaxNode): void {
  const { specifier, list } = specifierOf(mention, node)
  put(plan, importer.path, list.length > 1 ? withoutOne(list, specifier) : removal(importer.text, mention.statement))
}

function withoutOne(list: readonly SyntaxNode[], one: SyntaxNode): TextEdit {
  const at = list.indexOf(one)
  const after = list[at + 1]
  if (after) return { start: one.start, end: after.start, text: "" }
  return { start: list[at - 1]?.end ?? one.start, end: one.end, text: "" }
}

function repoint(plan: Plan, importer: Source, mention: ModuleMention, node: SyntaxNode, to: string): void {
  const { path } = importer
  const folder = dirname(path) === "." ? "" : dirname(path)
  const isPython = importer.family === "python"
  const isRelative = mention.module.startsWith(".")
  const fresh = isPython
    ? isRelative
      ? relativeModule(path, to)
      : absolute(mention.module, plan.source.path, to)
    : specifierFor(folder, to, { specifier: mention.module, to: plan.source.path })
  const { start, end } = mention.node
  const { specifier, list } = specifierOf(mention, node)
  if (!/^(?:import|export)_/.test(mention.statement.kind)) {
    if (mention.names.length === 1) {
      put(plan, path, { start: start + 1, end: end - 1, text: fresh })
      return
    }
    plan.unsure.push(unsureAt(path, importer.text, start, `it loads ${plan.binding.name} from ${plan.source.path}`))
    return
  }
  if (list.length <= 1) {
    put(plan, path, isPython ? { start, end, text: fresh } : { start: start + 1, end: end - 1, text: fresh })
    return
  }
  const line = newlineOf(importer.text)
  const word = mention.statement.kind.startsWith("export") ? "export" : "import"
  const type = mention.statement.children.some(({ kind }) => kind === "type") ? "type " : ""
  const statement = isPython
    ? `from ${fresh} import ${specifier.text}`
    : `${word} ${type}{ ${specifier.text} } from ${quoted(importer, fresh)}`
  put(plan, path, withoutOne(list, specifier), {
    start: mention.statement.end,
    end: mention.statement.end,
    text: line + statement,
  })
}

function absolute(module: string, from: string, to: string): string {
  const whole = from
    .replace(/\.pyi?$/, "")
    .replace(/\/__init__$/, "")
    .replaceAll("/", ".")
  const prefix = whole.endsWith(module) ? whole.slice(0, whole.length - module.length) : ""
  const fresh = to
    .replace(/\.pyi?$/, "")
    .replace(/\/__init__$/, "")
    .replaceAll("/", ".")
  return fresh.startsWith(prefix) ? fresh.slice(prefix.length) : fresh
}
