import { DuckError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { count } from "../../base/text.ts"
import {
  offsetOf,
  placeOf,
  type Refactoring,
  RefactoringRefusedError,
  type RefactoringTools,
  type TextEdit,
  type UnsurePlace,
  unsureAt,
} from "./refactoring.ts"
import { wordOf } from "./rename-across.ts"
import type { RenameOptions } from "./rename-options.ts"
import { grammarOf, type Source, type Sources } from "./sources.ts"
import { nodesIn, type SyntaxNode } from "./syntax-tree.ts"
import type { Target } from "./target.ts"

/** From here on the index is believed. */
const sureFrom = 0.9

interface Use {
  readonly path: string
  readonly edit: TextEdit
  /** Undefined where it is sure. */
  readonly doubt: string | undefined
}

/**
 * Renames a member of a class, an object or a type. Without types only this much is sure: its declaration, `#private`
 * members, and `this.name` or `self.name` within its class; all other members of that name are told as unsure.
 */
export async function renameMember(
  target: Target,
  to: string,
  options: RenameOptions,
  tools: RefactoringTools & { readonly sources: Sources },
): Promise<Refactoring> {
  const { name, path, offset } = target
  const home = await tools.sources.open(path)
  const owner = classAround(home, offset)
  const isPrivate = name.startsWith("#")
  const wanted = isPrivate ? to.replace(/^#?/, "#") : to
  const uses: Use[] = []
  const candidates = isPrivate ? [path] : await filesWith(name, home, tools)
  for (const candidate of candidates) {
    const source = await tools.sources.tryOpen(candidate)
    if (!source) continue
    for (const node of nodesIn(source.root)) {
      if (!isMemberName(node) || node.text !== name) continue
      const around = source.path === path ? classAround(source, node.start) : undefined
      const isOwn = around !== undefined && around === owner && (isPrivate || isOfThis(node))
      const isSure = (source.path === path && node.start === offset) || isOwn
      const { start, end } = node
      uses.push({
        path: candidate,
        edit: { start, end, text: node.kind.startsWith("shorthand") ? `${wanted}: ${name}` : wanted },
        doubt: isSure ? undefined : "whether it is the same member depends on types",
      })
      if (around === owner && owner && node.text === wanted) taken(name, to, source, node)
    }
  }
  if (owner)
    for (const node of nodesIn(owner)) if (isMemberName(node) && node.text === wanted) taken(name, to, home, node)
  return told(target, wanted, uses, options, tools)
}

function taken(name: string, to: string, source: Source, node: SyntaxNode): never {
  const { line, column } = placeOf(source.text, node.start)
  throw new RefactoringRefusedError(
    `${name} can't be renamed to ${to}: its class has or uses a member of that name already (${source.path}:${line}:${column}).`,
  )
}

const memberKinds = new Set([
  ...["property_identifier", "private_property_identifier", "shorthand_property_identifier"],
  "shorthand_property_identifier_pattern",
])
function isMemberName(node: SyntaxNode): boolean {
  if (memberKinds.has(node.kind)) return node.parent?.kind !== "jsx_attribute"
  if (node.kind !== "identifier") return false
  const { parent } = node
  if (parent?.kind === "attribute") return parent.field("attribute") === node
  // A method or an attribute in the body of a class of Python.
  const within = parent?.kind === "assignment" ? parent.parent?.parent : parent?.parent
  const isNamed = parent?.field("name") === node || parent?.field("left") === node
  return isNamed && within?.kind === "block" && classOf(within)
}

const classOf = (block: SyntaxNode): boolean => block.parent?.kind === "class_definition"

/** `this.name`, `self.name`, and a declaration in the class. */
function isOfThis(node: SyntaxNode): boolean {
  const { parent } = node
  if (parent?.kind === "member_expression") return parent.field("object")?.kind === "this" && !isInPlainFunction(node)
  if (parent?.kind === "attribute") return /^(?:self|cls)$/.test(parent.field("object")?.text ?? "")
  return (
    /^(?:method_definition|method_signature|abstract_method_signature|public_field_definition|field_definition)$/.test(
      parent?.kind ?? "",
    ) ||
    (parent?.kind === "function_definition" && node.kind === "identifier") ||
    (parent?.kind === "assignment" && node.kind === "identifier")
  )
}

/** In a `function () {}` inside a method `this` is another. */
function isInPlainFunction(node: SyntaxNode): boolean {
  for (let up = node.parent; up && up.kind !== "class_body"; up = up.parent)
    if (up.kind === "function_expression" || up.kind === "function_declaration") return true
  return false
}

function classAround({ root }: Source, offset: number): SyntaxNode | undefined {
  let found: SyntaxNode | undefined
  for (const node of nodesIn(root))
    if (/^(?:class_body|class_definition|interface_body)$/.test(node.kind) && node.start <= offset && offset < node.end)
      found = node
  return found
}

/** Every file is looked at: a search may stop at its limits, and a place that is missing would not be told. */
async function filesWith(name: string, home: Source, { index, signal }: RefactoringTools): Promise<readonly string[]> {
  const found = [home.path]
  for (const path of index.files()) {
    throwIfAborted(signal)
    if (path === home.path || grammarOf(path)?.family !== home.family) continue
    if ((await index.text(path))?.includes(name)) found.push(path)
  }
  return found
}

/**
 * Renames by what the index knows of uses, in languages whose scopes are not understood here. A place that it is not sure
 * of, and a word of that name which it knows nothing of, is told and left.
 */
export async function renameByIndex(
  target: Target,
  to: string,
  options: RenameOptions,
  tools: RefactoringTools,
): Promise<Refactoring> {
  const { name, path, definition, offset } = target
  if (!/^[\p{ID_Start}_$@][\p{ID_Continue}$?!]*$/u.test(to))
    throw new DuckError({ code: "INVALID_INPUT", message: `"${to.slice(0, 100)}" is no name.`, status: 400 })
  if (!definition) throw new RefactoringRefusedError(`The index knows of no definition at ${path}.`)
  const { items } = await tools.index.references(`${path}:${definition.nameLine}`)
  const uses: Use[] = [{ path, edit: { start: offset, end: offset + name.length, text: to }, doubt: undefined }]
  const paths = new Set([path, ...items.map((item) => item.path)])
  for (const one of paths) {
    const { text } = await tools.read(one)
    if (wordOf(to).test(text))
      throw new RefactoringRefusedError(
        `${name} can't be renamed to ${to}: ${one} has that word already, and whether they would meet can't be told.`,
      )
    const known = new Map<number, string | undefined>([...(one === path ? [[offset, undefined] as const] : [])])
    for (const { line, column, path: where, confidence, reason, to: meant } of items) {
      const start = where === one ? offsetOf(text, line, column) : undefined
      if (start === undefined || !text.startsWith(name, start) || meant.path !== path) continue
      known.set(start, confidence >= sureFrom ? undefined : reason)
    }
    for (const { index: start } of text.matchAll(new RegExp(wordOf(name).source, "gu"))) {
      if (one === path && start === offset) continue
      const doubt = known.has(start) ? known.get(start) : "a word of that name that the index knows nothing of"
      uses.push({ path: one, edit: { start, end: start + name.length, text: to }, doubt })
    }
  }
  return told(target, to, uses, options, tools)
}

async function told(
  { name }: Target,
  to: string,
  uses: readonly Use[],
  options: RenameOptions,
  { read }: RefactoringTools,
): Promise<Refactoring> {
  const edits = new Map<string, TextEdit[]>()
  const unsure: UnsurePlace[] = []
  for (const { path, edit, doubt } of uses) {
    if (doubt !== undefined) unsure.push(unsureAt(path, (await read(path)).text, edit.start, doubt))
    if (doubt === undefined || options.unsure) edits.set(path, [...(edits.get(path) ?? []), edit])
  }
  const left =
    options.unsure || unsure.length === 0
      ? []
      : [`${count(unsure.length, "place")} left as they are, since it is not sure that they belong to it.`]
  return {
    title: `Rename ${name} to ${to}`,
    notes: [`${count([...edits.values()].flat().length, "place")} in ${count(edits.size, "file")}.`, ...left],
    files: [...edits].map(([path, list]) => ({ path, edits: list })),
    unsure: options.unsure ? [] : unsure,
    by: "syntax",
  }
}
