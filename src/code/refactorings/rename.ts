import { count } from "../../base/text.ts"
import { scriptExports } from "./module-names.ts"
import { checkName, refuseCollisions, renameEdits } from "./names.ts"
import {
  type Refactoring,
  RefactoringRefusedError,
  type RefactoringTools,
  TypesNeededError,
  type UnsurePlace,
  unsureAt,
} from "./refactoring.ts"
import { type AcrossTools, isExported, mentionsIn, type RenamePlan, renameExported } from "./rename-across.ts"
import { renameByIndex } from "./rename-by-index.ts"
import type { RenameOptions } from "./rename-options.ts"
import { renameMember } from "./rename-unsure.ts"
import { type Binding, bindingAt } from "./scopes/scopes.ts"
import { grammarOf, openSources, type Source } from "./sources.ts"
import { nodesIn } from "./syntax-tree.ts"
import { findTarget } from "./target.ts"
import { textMentions } from "./text-mentions.ts"

/**
 * Gives what `target` names (a name, `Class.method`, `path:line[:column]`) another name, wherever it is named. In
 * JavaScript, TypeScript and Python by scopes and imports; of members and in other languages by the index, where places
 * that are not sure are told and left. Throws RefactoringRefusedError where the new name is taken at one of the places.
 */
export async function rename(
  target: string,
  to: string,
  options: RenameOptions,
  given: RefactoringTools,
): Promise<Refactoring> {
  const tools = { ...given, sources: openSources(given) }
  const found = await findTarget(target, tools)
  if (found.name === to) throw new RefactoringRefusedError(`It is called ${to} already.`)
  const grammar = grammarOf(found.path)
  if (!grammar) return renameByIndex(found, to, options, tools)
  checkName(to.replace(found.name.startsWith("#") ? /^#/ : /^$/, ""), grammar.family)
  const used = await tools.sources.open(found.path)
  const meant = bindingAt(used.scopes, found.offset)
  if (!meant || meant.kind === "member" || (grammar.family === "python" && meant.scope.kind === "class"))
    return renameMember(found, to, options, tools)
  const { source, binding } = await origin(used, meant, tools)
  if (binding.isProperty) {
    throw new TypesNeededError(
      `${binding.name} is a parameter and a property in one: where it is used as a property can't be told from the text.`,
    )
  }
  const plan: RenamePlan = { from: binding.name, to, edits: new Map(), unsure: [], seen: new Set() }
  const isShared = binding.kind !== "import" && isExported(source, binding)
  if (isShared) await renameExported(source, binding, plan, tools)
  else {
    refuseCollisions(source, binding, to)
    plan.edits.set(source.path, renameEdits(binding, to, { withExports: false }))
    if (grammar.family === "python" && binding.kind === "parameter") plan.unsure.push(...keywords(source, binding.name))
  }
  if (options.comments || options.strings) await textMentions(plan, options, isShared ? undefined : source.path, tools)
  const files = [...plan.edits].map(([path, edits]) => ({ path, edits }))
  const places = files.reduce((sum, { edits }) => sum + edits.length, 0)
  return {
    title: `Rename ${binding.name} to ${to}`,
    notes: [`${count(places, "place")} in ${count(files.length, "file")}.`],
    files,
    unsure: plan.unsure,
    by: "syntax",
  }
}

/** Where what is imported is declared, as long as it has the same name all the way; else the import itself. */
async function origin(
  source: Source,
  binding: Binding,
  tools: AcrossTools,
): Promise<{ readonly source: Source; readonly binding: Binding }> {
  let at = { source, binding }
  for (let step = 0; step < 8; step++) {
    const { path } = at.source
    const { items } = await tools.index.importsOf(path)
    const mention = mentionsIn(at.source).find(({ names }) =>
      names.some(
        ({ local, isOneWord, handedOnAs }) =>
          isOneWord && (local ? local === at.binding : handedOnAs === at.binding.name),
      ),
    )
    if (at.binding.kind !== "import" || !mention) return at
    const next = await declared(
      items.filter(({ module }) => module === mention.module).flatMap(({ to }) => to),
      at.binding.name,
      tools,
    )
    if (!next) return at
    at = next
  }
  return at
}

/** The declaration of an exported name in one of the files, or in one that they hand on. */
async function declared(
  paths: readonly string[],
  name: string,
  tools: AcrossTools,
  depth = 0,
): Promise<{ readonly source: Source; readonly binding: Binding } | undefined> {
  for (const path of paths) {
    const source = await tools.sources.tryOpen(path)
    if (!source) continue
    const binding =
      source.family === "python"
        ? source.scopes.file.bindings.get(name)
        : scriptExports(source).find((one) => one.name === name && one.binding.name === name)?.binding
    if (binding) return { source, binding }
    if (depth > 8) continue
    const handed = mentionsIn(source).filter(({ names }) =>
      names.some(({ handedOnAs, isOneWord }) => handedOnAs === "*" || (isOneWord && handedOnAs === name)),
    )
    const { items } = await tools.index.importsOf(path)
    const modules = new Set(handed.map(({ module }) => module))
    const further = await declared(
      items.filter(({ module }) => modules.has(module)).flatMap(({ to }) => to),
      name,
      tools,
      depth + 1,
    )
    if (further) return further
  }
  return undefined
}

/** Calls in the same file that give an argument by this name. */
const keywords = ({ root, path, text }: Source, name: string): UnsurePlace[] =>
  [...nodesIn(root)]
    .filter((node) => node.kind === "keyword_argument" && node.field("name")?.text === name)
    .map(({ start }) => unsureAt(path, text, start, "a call that gives an argument of this name"))
