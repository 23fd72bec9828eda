import { InvalidInputError } from "../../base/errors.ts"
import { RefactoringRefusedError, shownPlace, type TextEdit } from "./refactoring.ts"
import { type Binding, lookUp, type Name, type Scope } from "./scopes/scopes.ts"
import type { Family, Source } from "./sources.ts"
import type { SyntaxNode } from "./syntax-tree.ts"

const reserved: Record<Family, ReadonlySet<string>> = {
  script: new Set(
    (
      "break case catch class const continue debugger default delete do else enum export extends false finally for " +
      "function if import in instanceof new null return super switch this throw true try typeof var void while with " +
      "yield let static implements interface package private protected public await async arguments eval undefined"
    ).split(" "),
  ),
  python: new Set(
    (
      "False None True and as assert async await break class continue def del elif else except finally for from " +
      "global if import in is lambda nonlocal not or pass raise return try while with yield"
    ).split(" "),
  ),
}

/** Throws InvalidInputError for what can't be a name in the language. */
export function checkName(name: string, family: Family): void {
  const isName = family === "script" ? /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u : /^[\p{ID_Start}_]\p{ID_Continue}*$/u
  if (isName.test(name) && !reserved[family].has(name)) return
  const language = family === "script" ? "JavaScript" : "Python"
  throw new InvalidInputError({
    message: `"${name.slice(0, 100)}" can't be a name in ${language}${isName.test(name) ? ": it is a word of the language" : ""}.`,
  })
}

/**
 * The edits that give a binding another name in its file. What others know it by stays: `export { a }` becomes
 * `export { b as a }`, unless `withExports`.
 */
export function renameEdits(
  { names }: Binding,
  to: string,
  { withExports }: { readonly withExports: boolean },
): TextEdit[] {
  return names.map((name) => renameEdit(name, to, withExports))
}

function renameEdit({ node, shape }: Name, to: string, withExports: boolean): TextEdit {
  const plain = { start: node.start, end: node.end, text: to }
  const { parent } = node
  switch (shape) {
    case "shorthand":
    case "shorthand pattern":
      return { ...plain, text: `${node.text}: ${to}` }
    case "import":
      return withExports ? plain : { ...plain, text: `${node.text} as ${to}` }
    case "export": {
      const alias = parent?.field("alias")
      // `export { a as b }` with a renamed to b says one word.
      if (alias?.text === to && !withExports) return { ...plain, end: alias.end }
      return alias || withExports ? plain : { ...plain, text: `${to} as ${node.text}` }
    }
    case "plain": {
      const key = keyOf(node)
      // `{ key: value }` whose value gets the name of its key is one word again, and so is `import { a as b }`.
      return key?.text === to ? { ...plain, start: key.start } : plain
    }
  }
}

/** Of a value in `{ key: value }`, a name in `a as name`: what stands before it, where the two could be one word. */
function keyOf(node: SyntaxNode): SyntaxNode | undefined {
  const { parent } = node
  const key = parent?.named[0]
  if (!parent || !key || key === node) return undefined
  const between = parent.text.slice(key.end - parent.start, node.start - parent.start)
  const isPair = /^pair(?:_pattern)?$/.test(parent.kind) && parent.parent?.kind !== "dictionary"
  if (isPair) return between === ": " && key.kind === "property_identifier" ? key : undefined
  const isAlias = parent.kind === "import_specifier" || parent.kind === "aliased_import"
  return isAlias && between === " as " ? key : undefined
}

/** Throws RefactoringRefusedError where the new name already means something at one of the places, or would come to. */
export function refuseCollisions(source: Source, binding: Binding, to: string): void {
  const { path, text, scopes } = source
  const refuse = (offset: number, why: string): never => {
    throw new RefactoringRefusedError(
      `${binding.name} can't be renamed to ${to}: ${why} (${shownPlace(path, text, offset)}).`,
      "Choose another name, or rename that one first.",
    )
  }
  const there = binding.scope.bindings.get(to)
  if (there) refuse(there.names[0]?.node.start ?? 0, `${to} is already the name of something else there`)
  for (const { scope, node } of binding.names) {
    const met = lookUp(scope, to)
    if (met && met.scope !== binding.scope && isWithin(met.scope, binding.scope))
      refuse(node.start, `${to} means something else at this place`)
  }
  const others = [...scopes.free, ...scopes.bindings.flatMap(({ names }) => names)]
  for (const { scope, node, isDeclaration } of others) {
    if (node.text !== to || isDeclaration || !isWithin(scope, binding.scope)) continue
    const meant = lookUp(scope, to)
    const isInner = meant && meant.scope !== binding.scope && isWithin(meant.scope, binding.scope)
    if (!isInner) refuse(node.start, `${to} is used there for something else`)
  }
}

/** Whether a scope is another or lies in it. */
function isWithin(scope: Scope, outer: Scope): boolean {
  for (let at: Scope | undefined = scope; at; at = at.parent) if (at === outer) return true
  return false
}
