import type { SyntaxNode } from "../syntax-tree.ts"

/** How a name is written, which says how it is changed. */
export type Shape =
  | "plain"
  /** `{ a }` as a value: key and value in one. */
  | "shorthand"
  /** `{ a }` in a pattern. */
  | "shorthand pattern"
  /** `import { a }` without an alias. */
  | "import"
  /** `a` in `export { a }` and in `export { a as b }`. */
  | "export"

export interface Name {
  readonly node: SyntaxNode
  readonly shape: Shape
  readonly isDeclaration: boolean
  /** It is given a value there. */
  readonly isWrite: boolean
  readonly scope: Scope
}

export type BindingKind =
  | "import"
  | "function"
  | "class"
  | "variable"
  | "constant"
  | "parameter"
  | "type"
  | "namespace"
  | "member"

/** One thing with a name, and every place of the file where it is named. */
export interface Binding {
  readonly name: string
  readonly scope: Scope
  readonly kind: BindingKind
  /** In the order of the text; declarations among them. */
  readonly names: Name[]
  /** A parameter that is a property as well, or something else whose name is told to others. */
  readonly isProperty: boolean
}

export interface Scope {
  readonly node: SyntaxNode
  readonly parent: Scope | undefined
  /** `class`: of Python, whose names are not seen from the functions in it. */
  readonly kind: "file" | "function" | "block" | "class"
  readonly bindings: Map<string, Binding>
}

/** What is named in one file. */
export interface Scopes {
  readonly file: Scope
  readonly bindings: readonly Binding[]
  /** Names of nothing in the file: globals. */
  readonly free: readonly Name[]
}

/** What a name means, seen from a scope. */
export function lookUp(scope: Scope, name: string): Binding | undefined {
  for (let at: Scope | undefined = scope; at; at = at.parent) {
    const found = at.bindings.get(name)
    if (found && (at.kind !== "class" || at === scope)) return found
  }
  return undefined
}

/** The binding named at an offset. */
export const bindingAt = ({ bindings }: Scopes, offset: number): Binding | undefined =>
  bindings.find(({ names }) => names.some(({ node }) => node.start <= offset && offset <= node.end))

export const declarationOf = ({ names }: Binding): Name | undefined => names.find(({ isDeclaration }) => isDeclaration)

/** Collects declarations and uses while a tree is walked; uses are given their meaning when all is known. */
export function scopeBuilder(root: SyntaxNode) {
  const file: Scope = { node: root, parent: undefined, kind: "file", bindings: new Map() }
  const bindings: Binding[] = []
  const uses: Name[] = []
  return {
    file,
    inner: (node: SyntaxNode, parent: Scope, kind: Scope["kind"]): Scope => ({
      node,
      parent,
      kind,
      bindings: new Map(),
    }),
    declare(
      scope: Scope,
      node: SyntaxNode,
      kind: BindingKind,
      { shape = "plain", isProperty = false, isWrite = true }: Partial<Name & Binding> = {},
    ): void {
      let binding = scope.bindings.get(node.text)
      if (!binding) {
        binding = { name: node.text, scope, kind, names: [], isProperty }
        scope.bindings.set(node.text, binding)
        bindings.push(binding)
      }
      binding.names.push({ node, shape, isDeclaration: true, isWrite, scope })
    },
    use(scope: Scope, node: SyntaxNode, { shape = "plain", isWrite = false }: Partial<Name> = {}): void {
      uses.push({ node, shape, isDeclaration: false, isWrite, scope })
    },
    finish(): Scopes {
      const free: Name[] = []
      for (const name of uses) {
        const binding = lookUp(name.scope, name.node.text)
        if (binding) binding.names.push(name)
        else free.push(name)
      }
      for (const { names } of bindings) names.sort((a, b) => a.node.start - b.node.start)
      return { file, bindings, free }
    },
  }
}
