import type { Binding, Name } from "./scopes/scopes.ts"
import type { Source } from "./sources.ts"
import { nodesIn, type SyntaxNode } from "./syntax-tree.ts"

/** A name that a file takes from a module, or hands on from it. */
export interface ImportedName {
  /** As the module calls it; "*" for all of it, "default". */
  readonly name: string
  /** The node that holds that name; undefined for "*" and "default". */
  readonly node: SyntaxNode | undefined
  /** What it is called in this file; undefined where it is only handed on, or only loaded. */
  readonly local: Binding | undefined
  /** What it is called where it is handed on; "*" for `export *`. */
  readonly handedOnAs: string | undefined
  /** `import { a }`, `export { a } from`: module's name and local name are one word. */
  readonly isOneWord: boolean
}

/** Where a file names a module. */
export interface ModuleMention {
  /** As written, without quotes. */
  readonly module: string
  /** The words between the quotes, or the dotted name. */
  readonly node: SyntaxNode
  /** The whole statement, or the call. */
  readonly statement: SyntaxNode
  readonly names: readonly ImportedName[]
  /** Its names can't be told: `await import(path)` whose value goes somewhere, `require` within an expression. */
  readonly isOpaque: boolean
}

/** What others can take from a file of JavaScript or TypeScript under its own bindings' names. */
export interface ExportedName {
  readonly name: string
  readonly binding: Binding
  /** In `export { a as name }` the node of `name`; undefined where the declaration is exported. */
  readonly specifier: SyntaxNode | undefined
}

const unquoted = (node: SyntaxNode): string => node.text.slice(1, -1)
const bindingOf = ({ scopes }: Source, node: SyntaxNode | undefined): Binding | undefined =>
  node && scopes.bindings.find(({ names }) => names.some((name) => name.node === node))

/** Every place where a file of JavaScript or TypeScript names a module. */
export function scriptMentions(source: Source): readonly ModuleMention[] {
  const found: ModuleMention[] = []
  for (const node of nodesIn(source.root)) {
    if (node.kind === "import_statement") {
      const from = node.field("source")
      const require = node.named.find(({ kind }) => kind === "import_require_clause")
      const text = from ?? require?.named.find(({ kind }) => kind === "string")
      if (text) found.push({ ...at(text, node), names: importNames(source, node), isOpaque: false })
    } else if (node.kind === "export_statement") {
      const from = node.field("source")
      if (from) found.push({ ...at(from, node), names: exportNames(node), isOpaque: false })
    } else if (node.kind === "call_expression") {
      const [callee, args] = [node.field("function"), node.field("arguments")]
      const text = args?.named[0]
      const isCall = callee?.kind === "import" || callee?.text === "require"
      if (isCall && text?.kind === "string") found.push({ ...at(text, node), ...loadedNames(source, node) })
      // Mocks and the like: the path goes with the module, names are not taken by it.
      else if (
        text?.kind === "string" &&
        /^(?:vi|jest)\.\w*[mM]ock$|^import\.meta\.resolve$|^require\.resolve$/.test(callee?.text ?? "")
      )
        found.push({ ...at(text, node), names: [], isOpaque: true })
    }
  }
  return found
}

const at = (text: SyntaxNode, statement: SyntaxNode) => ({ module: unquoted(text), node: text, statement })

function importNames(source: Source, statement: SyntaxNode): ImportedName[] {
  const found: ImportedName[] = []
  const clause = statement.named.find(({ kind }) => kind === "import_clause" || kind === "import_require_clause")
  for (const part of clause?.named ?? []) {
    if (part.kind === "identifier")
      found.push({ ...bare(clause?.kind === "import_clause" ? "default" : "*"), local: bindingOf(source, part) })
    if (part.kind === "namespace_import") found.push({ ...bare("*"), local: bindingOf(source, part.named[0]) })
    if (part.kind !== "named_imports") continue
    for (const specifier of part.named) {
      const [name, alias] = [specifier.field("name"), specifier.field("alias")]
      if (!name) continue
      found.push({
        name: name.text,
        node: name,
        local: bindingOf(source, alias ?? name),
        handedOnAs: undefined,
        isOneWord: !alias,
      })
    }
  }
  return found
}

const bare = (name: string): ImportedName => ({
  name,
  node: undefined,
  local: undefined,
  handedOnAs: undefined,
  isOneWord: false,
})

function exportNames(statement: SyntaxNode): ImportedName[] {
  const clause = statement.named.find(({ kind }) => kind === "export_clause")
  const whole = statement.named.find(({ kind }) => kind === "namespace_export")
  if (whole) return [{ ...bare("*"), handedOnAs: whole.named[0]?.text ?? "" }]
  if (!clause) return [{ ...bare("*"), handedOnAs: "*" }]
  return clause.named.flatMap((specifier) => {
    const [name, alias] = [specifier.field("name"), specifier.field("alias")]
    if (!name) return []
    return [{ name: name.text, node: name, local: undefined, handedOnAs: (alias ?? name).text, isOneWord: !alias }]
  })
}

/** Of `const { a } = await import("x")`, `const x = require("x")`, `require("x").a`. */
function loadedNames(source: Source, call: SyntaxNode): Pick<ModuleMention, "names" | "isOpaque"> {
  let value = call
  while (value.parent && /^(?:await_expression|parenthesized_expression)$/.test(value.parent.kind)) value = value.parent
  const { parent } = value
  if (parent?.kind === "expression_statement") return { names: [], isOpaque: false }
  if (parent?.kind === "member_expression" && parent.field("object") === value && !patternFor(value)) {
    const name = parent.field("property")
    return { names: name ? [{ ...bare(name.text), node: name }] : [], isOpaque: false }
  }
  const pattern = patternFor(value)
  if (pattern?.kind === "identifier")
    return { names: [{ ...bare("*"), local: bindingOf(source, pattern) }], isOpaque: false }
  if (pattern?.kind !== "object_pattern") return { names: [], isOpaque: true }
  const names: ImportedName[] = []
  for (const one of pattern.named) {
    if (one.kind === "shorthand_property_identifier_pattern")
      names.push({ ...bare(one.text), node: one, local: bindingOf(source, one), isOneWord: true })
    else if (one.kind === "pair_pattern") {
      const key = one.field("key")
      if (key) names.push({ ...bare(key.text), node: key })
    } else return { names: [], isOpaque: true }
  }
  return { names, isOpaque: false }
}

/** What the value of a loaded module is given to: a variable, its place in `Promise.all`, the parameter of `.then`. */
function patternFor(value: SyntaxNode): SyntaxNode | undefined {
  const { parent } = value
  if (parent?.kind === "variable_declarator") return parent.field("name")
  if (parent?.kind === "array") {
    const call = parent.parent?.parent
    const declarator = call?.parent?.kind === "await_expression" ? call.parent.parent : undefined
    const pattern = declarator?.kind === "variable_declarator" ? declarator.field("name") : undefined
    const isAll = call?.field("function")?.text === "Promise.all" && pattern?.kind === "array_pattern"
    return isAll ? pattern.named[parent.named.indexOf(value)] : undefined
  }
  if (parent?.kind === "member_expression" && parent.field("property")?.text === "then") {
    const then = parent.parent?.field("arguments")?.named[0]
    const first = then?.field("parameter") ?? then?.field("parameters")?.named[0]
    return first?.field("pattern") ?? first
  }
  return undefined
}

/** The names under which a file of JavaScript or TypeScript exports what it declares. */
export function scriptExports({ scopes }: Source): readonly ExportedName[] {
  const found: ExportedName[] = []
  for (const binding of scopes.bindings) {
    if (binding.scope !== scopes.file) continue
    for (const name of binding.names) {
      if (name.shape === "export") {
        const alias = name.node.parent?.field("alias")
        found.push({ name: (alias ?? name.node).text, binding, specifier: alias ?? name.node })
      } else if (name.isDeclaration && exportedBy(name))
        found.push({ name: binding.name, binding, specifier: undefined })
    }
  }
  return found
}

/** The export statement of a declaration at the top of a file; not of `export default`. */
export function exportedBy({ node }: Name): SyntaxNode | undefined {
  for (let up = node.parent; up; up = up.parent) {
    if (up.kind === "export_statement") return up.children[1]?.kind === "default" ? undefined : up
    if (/^(?:statement_block|arrow_function|function_expression|class_body|program)$/.test(up.kind)) return undefined
  }
  return undefined
}

/** Every place where a file of Python names a module: `node` is the dotted name. */
export function pythonMentions(source: Source): readonly ModuleMention[] {
  const found: ModuleMention[] = []
  for (const statement of nodesIn(source.root)) {
    if (statement.kind === "import_statement") {
      for (const part of statement.named) {
        const alias = part.field("alias")
        const node = alias ? part.field("name") : part
        const local = bindingOf(source, alias ?? part.named[0])
        if (node) found.push({ module: node.text, node, statement, names: [{ ...bare("*"), local }], isOpaque: false })
      }
    } else if (statement.kind === "import_from_statement") {
      const node = statement.field("module_name")
      if (!node) continue
      const names = statement.named.flatMap((part): ImportedName[] => {
        if (part === node) return []
        if (part.kind === "wildcard_import") return [{ ...bare("*"), handedOnAs: "*" }]
        const alias = part.field("alias")
        const name = alias ? part.field("name") : part
        if (!name) return []
        const local = bindingOf(source, alias ?? name.named[0])
        // What a module of Python imports can be imported from it.
        const handedOnAs = local?.scope === source.scopes.file ? local.name : undefined
        return [{ name: name.text, node: name, local, handedOnAs, isOneWord: !alias }]
      })
      found.push({ module: node.text, node, statement, names, isOpaque: false })
    }
  }
  return found
}
