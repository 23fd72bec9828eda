import { throwIfAborted } from "../../base/signal.ts"
import { placeOf, type Refactoring, RefactoringRefusedError, type RefactoringTools } from "./refactoring.ts"
import type { RenameOptions } from "./rename-options.ts"
import { renameOf, type Use } from "./rename-uses.ts"
import { grammarOf, type Source, type Sources } from "./sources.ts"
import { nodesIn, type SyntaxNode } from "./syntax-tree.ts"
import type { Target } from "./target.ts"

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
  return renameOf(target, wanted, uses, options, tools)
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
