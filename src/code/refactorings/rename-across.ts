import { basename, dirname } from "node:path/posix"
import { type ImportedName, type ModuleMention, pythonMentions, scriptExports, scriptMentions } from "./module-names.ts"
import { refuseCollisions, renameEdits } from "./names.ts"
import {
  RefactoringRefusedError,
  type RefactoringTools,
  shownPlace,
  type TextEdit,
  type UnsurePlace,
  unsureAt,
} from "./refactoring.ts"
import type { Binding } from "./scopes/scopes.ts"
import { grammarOf, type Source, type Sources } from "./sources.ts"
import { nodesIn, type SyntaxNode } from "./syntax-tree.ts"

/** A rename while it is made. */
export interface RenamePlan {
  readonly from: string
  readonly to: string
  readonly edits: Map<string, TextEdit[]>
  readonly unsure: UnsurePlace[]
  /** Files that hand the name on and are done. */
  readonly seen: Set<string>
}

export type AcrossTools = RefactoringTools & { readonly sources: Sources }

/** Whether other files can take the binding under its own name. */
export function isExported(source: Source, binding: Binding): boolean {
  if (source.family === "python") return binding.scope === source.scopes.file
  return scriptExports(source).some((one) => one.binding === binding && one.name === binding.name)
}

/** Where a file names modules; worked out once for a source, which many paths of re-exports lead to. */
export function mentionsIn(source: Source): readonly ModuleMention[] {
  let known = mentionsOf.get(source)
  if (!known) {
    known = source.family === "python" ? pythonMentions(source) : scriptMentions(source)
    mentionsOf.set(source, known)
  }
  return known
}
const mentionsOf = new WeakMap<Source, readonly ModuleMention[]>()

/** Renames what a file declares and exports, in it and in all that take it from there, however many files between. */
export async function renameExported(source: Source, binding: Binding, plan: RenamePlan, tools: AcrossTools) {
  renameHere(source, binding, plan)
  await renameImports(source.path, plan, tools)
}

function renameHere(source: Source, binding: Binding, plan: RenamePlan, imported?: SyntaxNode): void {
  const { to } = plan
  refuseCollisions(source, binding, to)
  if (source.family === "script") {
    const taken = scriptExports(source).find(({ name }) => name === to)
    if (taken && isExported(source, binding)) {
      const at = shownPlace(source.path, source.text, taken.specifier?.start ?? 0)
      throw new RefactoringRefusedError(`${binding.name} can't be renamed to ${to}: ${at} exports that name already.`)
    }
  }
  const own = renameEdits(binding, to, { withExports: true })
  // `const { a } = await import("x")`: key and name are one word, and both change.
  put(
    plan,
    source.path,
    own.map((edit) => (edit.start === imported?.start ? { ...edit, text: to } : edit)),
  )
  if (source.family === "python") put(plan, source.path, namesInAll(source, plan))
}

/** In `__all__ = ["a"]`. */
function namesInAll({ root }: Source, { from, to }: RenamePlan): TextEdit[] {
  const lists = root.named
    .flatMap((statement) => statement.named)
    .filter(({ kind }) => kind === "assignment" || kind === "augmented_assignment")
    .filter((assignment) => assignment.field("left")?.text === "__all__")
  return lists
    .flatMap((list) => [...nodesIn(list)])
    .filter(({ kind, text }) => kind === "string_content" && text === from)
    .map(({ start, end }) => ({ start, end, text: to }))
}

async function renameImports(path: string, plan: RenamePlan, tools: AcrossTools): Promise<void> {
  if (plan.seen.has(path)) return
  plan.seen.add(path)
  const { items } = await tools.index.importersOf(path)
  const importers = new Map<string, Set<string>>()
  for (const { path: importer, module } of items)
    importers.set(importer, (importers.get(importer) ?? new Set()).add(module))
  for (const [importer, modules] of importers) {
    if (!(await mayMatter(importer, plan, tools))) continue
    const source = await tools.sources.tryOpen(importer)
    if (!source) {
      const { text } = await tools.read(importer)
      const at = text.search(wordOf(plan.from))
      if (at >= 0)
        plan.unsure.push(unsureAt(importer, text, at, `it imports ${path}, in a language that is not understood`))
      continue
    }
    let handsOn = false
    for (const mention of mentionsIn(source)) {
      if (!modules.has(mention.module)) continue
      if (mention.isOpaque) opaque(source, mention, plan)
      for (const name of mention.names) {
        const isSpace = source.family === "script" && name.name === "*" && name.handedOnAs !== undefined
        if (isSpace && name.handedOnAs && name.handedOnAs !== "*")
          await renameInSpace(importer, name.handedOnAs, plan, tools)
        else handsOn = renameImport(source, path, mention, name, plan) || handsOn
        for (const space of spacesOf(source, path, name)) await renameInSpace(importer, space, plan, tools)
      }
    }
    if (handsOn) await renameImports(importer, plan, tools)
  }
}

/**
 * Whether a file that takes something from here names the name, or may hand it on to others. Most of those that import a
 * barrel do neither, and reading a file's tree costs a hundred times as much as looking for a word in it. In Python
 * whatever a module imports can be taken from it.
 */
async function mayMatter(path: string, { from }: RenamePlan, { read }: AcrossTools): Promise<boolean> {
  if (grammarOf(path)?.family !== "script") return true
  const { text } = await read(path)
  return wordOf(from).test(text) || handsOnMore.test(text)
}
const handsOnMore = /\bexport\s*(?:type\s*)?[*{]|\bexport\s+(?:import|default)\b|\bexports\b/

/** The names under which a file hands on a module that it took whole: `import * as a from "./a"; export { a }`. */
function spacesOf(source: Source, path: string, { name, local }: ImportedName): readonly string[] {
  if (!local) return []
  if (source.family === "python")
    return local.scope === source.scopes.file && (name === "*" || isFileOf(path, name)) ? [local.name] : []
  if (name !== "*") return []
  const asDefault = local.names.some(({ node: { parent } }) => isDefaultExport(parent))
  const named = scriptExports(source).filter(({ binding }) => binding === local)
  return [...named.map((one) => one.name), ...(asDefault ? ["default"] : [])]
}

const isDefaultExport = (node: SyntaxNode | undefined) =>
  node?.kind === "export_statement" && node.children[1]?.kind === "default"

/** `export * as space from "./a"`: who takes the space takes the name in it. */
async function renameInSpace(path: string, space: string, plan: RenamePlan, tools: AcrossTools): Promise<void> {
  const key = `${path} ${space}`
  if (plan.seen.has(key)) return
  plan.seen.add(key)
  const { items } = await tools.index.importersOf(path)
  for (const importer of new Set(items.map((edge) => edge.path))) {
    if (!(await mayMatter(importer, plan, tools))) continue
    const source = await tools.sources.tryOpen(importer)
    for (const mention of source ? mentionsIn(source) : []) {
      if (!source || !items.some((edge) => edge.path === importer && edge.module === mention.module)) continue
      if (mention.isOpaque) opaque(source, mention, plan)
      for (const { name, local, handedOnAs } of mention.names) {
        if (local && (name === space || name === "*")) members(source, local, name === "*" ? [space] : [], plan)
        if (name === "*" && handedOnAs === "*") await renameInSpace(importer, space, plan, tools)
        if (name === space && handedOnAs) await renameInSpace(importer, handedOnAs, plan, tools)
        if (name === "*" && handedOnAs && handedOnAs !== "*")
          plan.unsure.push(
            unsureAt(importer, source.text, mention.node.start, "a namespace within a namespace is handed on here"),
          )
      }
    }
  }
}

/** Renames at one imported name; true where the file hands the name on to others. */
function renameImport(
  source: Source,
  path: string,
  mention: ModuleMention,
  name: ImportedName,
  plan: RenamePlan,
): boolean {
  const { from, to } = plan
  if (name.name === from && name.node) {
    const isModule = source.family === "python" && isFileOf(path, from) && !mention.module.endsWith(from)
    if (name.local && name.isOneWord && !isModule) {
      const isDone = plan.edits.get(source.path)?.some(({ start }) => start === name.node?.start)
      if (!isDone) renameHere(source, name.local, plan, name.node)
      return isExported(source, name.local)
    }
    put(plan, source.path, [{ start: name.node.start, end: name.node.end, text: to }])
    return name.handedOnAs === from && name.local === undefined
  }
  if (name.name === "*" && name.handedOnAs === "*") {
    if (source.family === "python") starUses(source, mention, plan)
    return true
  }
  const isSubmodule = source.family === "python" && name.node !== undefined && isFileOf(path, name.name)
  if ((name.name === "*" || isSubmodule) && name.local) {
    const isDotted = source.family === "python" && !name.node && mention.node.parent?.kind !== "aliased_import"
    members(source, name.local, isDotted ? mention.module.split(".").slice(1) : [], plan)
  }
  return false
}

const isFileOf = (path: string, name: string): boolean =>
  basename(path).replace(/\.pyi?$/, "") === name ||
  (basename(path) === "__init__.py" && basename(dirname(path)) === name)

/** Uses of a module that is known under one name: `ns.a`, or `ns.more.a`. */
function members(source: Source, local: Binding, more: readonly string[], plan: RenamePlan): void {
  for (const { node, isDeclaration } of local.names) {
    if (isDeclaration) continue
    let object = node
    let steps = 0
    for (const part of more) {
      const next = propertyOf(object)
      if (next?.text !== part || !object.parent) break
      object = object.parent
      steps++
    }
    const property = propertyOf(object)
    if (steps === more.length && property?.text === plan.from)
      put(plan, source.path, [{ start: property.start, end: property.end, text: plan.to }])
    else if (!property && (source.family === "script" || more.length === 0) && wordOf(plan.from).test(source.text))
      plan.unsure.push(unsureAt(source.path, source.text, node.start, "the whole module goes elsewhere from here"))
  }
}

/** The `b` of `a.b` in values, types and JSX. */
function propertyOf(object: SyntaxNode): SyntaxNode | undefined {
  const { parent } = object
  if (!parent || parent.named[0] !== object) return undefined
  if (parent.kind === "member_expression") return parent.field("property")
  if (parent.kind === "attribute") return parent.field("attribute")
  return /^nested_(?:type_)?identifier$/.test(parent.kind) ? parent.named[1] : undefined
}

/** `from a import *`: names of nothing in this file are those of the module. */
function starUses(source: Source, mention: ModuleMention, plan: RenamePlan): void {
  const { scopes, path, text } = source
  const taken = scopes.file.bindings.get(plan.to)?.names[0] ?? scopes.free.find(({ node }) => node.text === plan.to)
  const uses = scopes.free.filter(({ node }) => node.text === plan.from)
  if (taken && uses.length > 0)
    throw new RefactoringRefusedError(
      `${plan.from} can't be renamed to ${plan.to}: that name is taken at ${shownPlace(path, text, taken.node.start)}.`,
    )
  const stars = mentionsIn(source).filter(({ names }) => names.some(({ handedOnAs }) => handedOnAs === "*"))
  const isSure = stars.length === 1
  if (isSure)
    put(
      plan,
      path,
      uses.map(({ node: { start, end } }) => ({ start, end, text: plan.to })),
    )
  else
    for (const { node } of uses)
      plan.unsure.push(
        unsureAt(path, text, node.start, `it may come from ${mention.module}, or from another \`import *\``),
      )
}

function opaque({ path, text }: Source, { statement }: ModuleMention, { from, unsure }: RenamePlan): void {
  if (wordOf(from).test(text))
    unsure.push(unsureAt(path, text, statement.start, "what is taken from the module here can't be told"))
}

export const wordOf = (name: string): RegExp =>
  new RegExp(`(?<![\\p{ID_Continue}$])${name.replace(/[$?]/g, "\\$&")}(?![\\p{ID_Continue}$])`, "u")

export function put({ edits }: RenamePlan, path: string, more: readonly TextEdit[]): void {
  const known = edits.get(path) ?? []
  edits.set(path, known)
  for (const edit of more) if (!known.some(({ start }) => start === edit.start)) known.push(edit)
}
