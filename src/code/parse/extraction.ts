import { lineAt, lineStarts } from "../../base/text.ts"
import type { Import, Reference, ReferenceKind, SymbolDefinition, SymbolKind } from "../types.ts"
import { cleanComment } from "./doc-comment.ts"
import { errorKind, type FlatTree } from "./flat-tree.ts"
import { signatureOf } from "./signature.ts"

/** What is taken from a node of one type. Called once for each such node, an enclosing node before what it encloses. */
export type Rule = (at: Extraction, node: number) => void

/** What the walk has to know of a language beside its rules. */
export interface Syntax {
  /** Attributes stand within the definition, before its declaration: `@Override`, `[Test]`. */
  readonly hasInnerAttributes?: boolean
  /** A method can be called by its name alone, without brackets: Ruby. */
  readonly hasBareCalls?: boolean
}

/** What a rule says of a definition. Nodes are numbers of the FlatTree; -1 is no node. */
export interface DefinitionFacts {
  readonly kind: SymbolKind
  /** The node that is the name; its text is the name unless `called` says otherwise. */
  readonly name: number
  readonly called?: string | undefined
  /** What the signature ends before. */
  readonly body?: number
  /** The outermost node that belongs to it (`export …`, decorators); the node itself where it is left out. */
  readonly from?: number
  /** "inherit": as the definition around it. */
  readonly isExported?: boolean | "inherit"
  /** Names put before its own in the path: the receiver of a Go method, `A` of a C++ `A::b`. */
  readonly owner?: readonly string[] | undefined
  /** The path instead of the enclosing definitions'. */
  readonly path?: readonly string[] | undefined
  /** Where the doc comment is not the comment before it. */
  readonly doc?: string | undefined
  /** Where it is not the text up to the body. */
  readonly signature?: string | undefined
  /** False for a definition whose inside belongs to what is around it: `self.x = …` in a constructor. */
  readonly isScope?: boolean
}

interface Scope {
  /** Number of the first node after it. */
  readonly end: number
  readonly symbol: number
  readonly kind: SymbolKind | "scope"
  readonly path: readonly string[]
  readonly isExported: boolean
}

/** A definition with what chunking needs besides. */
export interface ExtractedSymbol extends SymbolDefinition {
  doc: string
  endLine: number
  isExported: boolean
  /** Its node, and the first line that belongs to it: that of its doc comment, attributes or decorators. */
  readonly node: number
  readonly leadLine: number
  readonly body: number
}

const root: Scope = { end: Number.POSITIVE_INFINITY, symbol: -1, kind: "scope", path: [], isExported: true }
const maxDocLength = 4000

const noLead = () => ({ startLine: 0, endLine: -1, commentStart: -1, commentEnd: -1, isBlock: false })

/** One walk over the syntax tree of one file, and what its language's rules have found so far. */
export class Extraction {
  readonly tree: FlatTree
  readonly text: string
  private readonly syntax: Syntax
  readonly starts: readonly number[]
  readonly symbols: ExtractedSymbol[] = []
  readonly references: Reference[] = []
  readonly imports: Import[] = []
  /** Names exported by a statement of their own. */
  readonly exported = new Set<string>()
  /** Free for the rules of a language: what they must remember from one node to the next. */
  readonly memo = new Map<string, number>()

  private readonly scopes: Scope[] = [root]
  private readonly claimed: Uint8Array
  /** Those that are exported where what is around them is. */
  private readonly inheriting = new Set<ExtractedSymbol>()
  /** Names that stand alone, as node and innermost definition. */
  private readonly loose: number[] = []
  private lineHint = 0
  /** The node that is visited next. */
  private next = 0
  // The comments and attributes just passed, in case a definition follows.
  private lead = noLead()

  constructor(tree: FlatTree, syntax: Syntax) {
    this.tree = tree
    this.text = tree.text
    this.syntax = syntax
    this.starts = lineStarts(tree.text)
    this.claimed = new Uint8Array(tree.count)
  }

  run(rules: readonly (Rule | undefined)[]) {
    const { count, kind } = this.tree
    let scope = this.scopes[this.scopes.length - 1] ?? root
    for (let node = 0; node < count; node = this.next) {
      this.next = node + 1
      const rule = rules[kind[node] ?? errorKind]
      if (rule === undefined) continue
      scope = this.scopes[this.scopes.length - 1] ?? root
      while (scope.end <= node) {
        this.scopes.pop()
        scope = this.scopes[this.scopes.length - 1] ?? root
      }
      rule(this, node)
    }
    this.settle()
  }

  // --- where we are

  /** 1-based line of an offset. */
  lineOf(offset: number): number {
    const { starts } = this
    let line = this.lineHint
    if (offset < (starts[line] ?? 0) || offset >= (starts[line + 8] ?? Number.POSITIVE_INFINITY)) {
      line = lineAt(starts, offset)
    }
    while ((starts[line + 1] ?? Number.POSITIVE_INFINITY) <= offset) line++
    this.lineHint = line
    return line + 1
  }

  startLine(node: number): number {
    return this.lineOf(this.tree.start[node] ?? 0)
  }

  /** Line of the last character: an end at the start of a line belongs to the line before. */
  endLine(node: number): number {
    return this.lineOf(Math.max(this.tree.start[node] ?? 0, (this.tree.end[node] ?? 0) - 1))
  }

  /** The innermost definition or scope around the node being visited. */
  get scope(): Scope {
    return this.scopes[this.scopes.length - 1] ?? root
  }

  // --- what rules report

  define(node: number, facts: DefinitionFacts): void {
    const { tree } = this
    const name = facts.called ?? tree.source(facts.name)
    if (name === "") return
    const from = facts.from ?? node
    const scope = this.scope
    const startLine = this.startLine(from)
    const { lead } = this
    const isLed = lead.endLine === startLine - 1 || (lead.endLine === startLine && lead.commentStart < 0)
    let doc = facts.doc
    if (doc === undefined) doc = isLed && lead.commentStart >= 0 ? this.commentText() : ""
    this.lead = noLead()
    const nameAt = tree.start[facts.name] ?? tree.start[node] ?? 0
    const nameLine = this.lineOf(nameAt)
    const path = facts.path ?? (facts.owner ? [...scope.path, ...facts.owner] : scope.path)
    const exportedBy = facts.isExported ?? true
    const isExported = exportedBy === "inherit" ? scope.isExported : exportedBy
    const body = facts.body ?? -1
    if (facts.name >= 0) this.claimed[facts.name] = 1
    const symbol: ExtractedSymbol = {
      name,
      kind: facts.kind,
      path,
      startLine,
      endLine: Math.max(startLine, this.endLine(node)),
      nameLine,
      nameColumn: nameAt - (this.starts[nameLine - 1] ?? 0) + 1,
      signature:
        facts.signature ??
        signatureOf(
          this.text,
          this.signatureStart(from, node),
          this.signatureEnd(node, body),
          this.syntax.hasInnerAttributes === true,
        ),
      doc,
      isExported,
      node,
      leadLine: isLed ? lead.startLine : startLine,
      body,
    }
    this.symbols.push(symbol)
    if (exportedBy === "inherit") this.inheriting.add(symbol)
    const end = tree.after[node] ?? 0
    if (facts.isScope !== false && end > node + 1) {
      this.scopes.push({
        end,
        symbol: this.symbols.length - 1,
        kind: facts.kind,
        path: [...path, name],
        isExported,
      })
    }
  }

  /** A scope that gives what is in it a path without being a definition: Rust's `impl`, Ruby's `class << self`. */
  enter(node: number, names: readonly string[], kind: SymbolKind | "scope", isExported = true): void {
    const scope = this.scope
    const end = this.tree.after[node] ?? 0
    this.scopes.push({ end, symbol: scope.symbol, kind, path: [...scope.path, ...names], isExported })
  }

  /** Makes a node a further part of a definition already made: the next clause of an Elixir function. */
  extend(symbol: number, node: number): void {
    const extended = this.symbols[symbol]
    if (!extended) return
    extended.endLine = Math.max(extended.endLine, this.endLine(node))
    this.lead = noLead()
    const { kind, path, name, isExported } = extended
    const end = this.tree.after[node] ?? 0
    this.scopes.push({ end, symbol, kind, path: [...path, name], isExported })
  }

  /** Leaves out what is inside a node. */
  skip(node: number): void {
    this.next = this.tree.after[node] ?? this.next
  }

  refer(kind: ReferenceKind, node: number, qualifier = ""): void {
    if (node < 0 || this.claimed[node] === 1) return
    this.claimed[node] = 1
    const name = this.tree.source(node)
    if (name === "" || name.length > 200) return
    const line = this.startLine(node)
    const column = (this.tree.start[node] ?? 0) - (this.starts[line - 1] ?? 0) + 1
    this.references.push({ name, kind, line, column, qualifier, within: this.scope.symbol })
  }

  /** Takes a node away from the other rules without reporting it. */
  claim(node: number): void {
    if (node >= 0) this.claimed[node] = 1
  }

  isClaimed(node: number): boolean {
    return this.claimed[node] === 1
  }

  importing(node: number, module: string, names: readonly { name: string; alias: string }[] = []): void {
    if (module !== "") this.imports.push({ module, names, line: this.startLine(node) })
  }

  /** The text before a name as a qualifier: as it stands when it is a plain path, "…" when it is an expression. */
  qualifier(node: number): string {
    if (node < 0) return ""
    const start = this.tree.start[node] ?? 0
    const end = this.tree.end[node] ?? 0
    // A module or a variable before a dot is said here; only a type is worth a reference of its own.
    if (this.tree.isLeaf(node) && !isCapital(this.text.charCodeAt(start))) this.claimed[node] = 1
    if (end - start > 80) return "…"
    for (let i = start; i < end; i++) if (!isPathUnit(this.text.charCodeAt(i))) return "…"
    return this.text.slice(start, end)
  }

  /** A name that stands alone: a candidate for a reference of kind "use". */
  readonly looseName: Rule = (_, node) => {
    if (this.claimed[node] === 1) return
    const start = this.tree.start[node] ?? 0
    const end = this.tree.end[node] ?? 0
    if (end - start > 1) this.loose.push(node, this.scope.symbol)
  }

  comment(node: number): void {
    const start = this.tree.start[node] ?? 0
    // A first line that names a program is about no definition.
    if (start === 0 && this.text.startsWith("#!")) return
    const startLine = this.lineOf(start)
    const lineStart = this.starts[startLine - 1] ?? 0
    // Beside code: it is about that code.
    for (let i = lineStart; i < start; i++) if (!isBlank(this.text.charCodeAt(i))) return
    const endLine = this.endLine(node)
    const isBlock = this.text.charCodeAt(start + 1) === 42
    const { lead } = this
    const end = this.tree.end[node] ?? 0
    if (lead.endLine === startLine - 1 && lead.commentStart >= 0 && !isBlock && !lead.isBlock) {
      lead.endLine = endLine
      lead.commentEnd = end
    } else this.lead = { startLine, endLine, commentStart: start, commentEnd: end, isBlock }
  }

  attribute(node: number): void {
    const startLine = this.startLine(node)
    const endLine = this.endLine(node)
    const { lead } = this
    if (lead.endLine === startLine - 1 || lead.endLine === startLine) lead.endLine = endLine
    else this.lead = { startLine, endLine, commentStart: -1, commentEnd: -1, isBlock: false }
  }

  // --- inside

  private commentText(): string {
    return cleanComment(this.text.slice(this.lead.commentStart, this.lead.commentEnd)).slice(0, maxDocLength)
  }

  private signatureStart(from: number, node: number): number {
    // Decorators stand within the outer node; what is before them is not lost by beginning at the definition.
    const first = this.tree.firstChild(from)
    return (
      (from !== node && this.tree.type(first).includes("decorat") ? this.tree.start[node] : this.tree.start[from]) ?? 0
    )
  }

  private signatureEnd(node: number, body: number): number {
    return (body < 0 ? this.tree.end[node] : this.tree.start[body]) ?? 0
  }

  /** What a statement of its own exports, with its members: `class A {…}` and later `export { A }`. */
  private exportNamed(): void {
    const owners = new Set<string>()
    for (const symbol of this.symbols) {
      const { path } = symbol
      if (path.length === 0 && this.exported.has(symbol.name)) symbol.isExported = true
      if (path.length > 0 && this.inheriting.has(symbol) && owners.has(path.join("\n"))) symbol.isExported = true
      if (symbol.isExported && this.exported.has(path[0] ?? symbol.name)) owners.add([...path, symbol.name].join("\n"))
    }
  }

  private settle(): void {
    if (this.exported.size > 0) this.exportNamed()
    if (this.loose.length === 0) return
    const known = new Set<string>()
    const { hasBareCalls = false } = this.syntax
    for (const { name, kind } of this.symbols) if (standsAlone(kind, hasBareCalls)) known.add(name)
    for (const { names, module } of this.imports) {
      if (names.length === 0) known.add(module)
      for (const { name, alias } of names) known.add(alias === "" ? name : alias)
    }
    // Most names are neither known nor global; their length and ends tell without looking them up.
    const marks = new Uint8Array(4096)
    for (const name of known) marks[markOf(name, 0, name.length)] = 1
    const { tree, text, loose } = this
    for (let i = 0; i < loose.length; i += 2) {
      const node = loose[i] ?? 0
      const start = tree.start[node] ?? 0
      const end = tree.end[node] ?? 0
      const isGlobal = end - start > 2 && isCapital(text.charCodeAt(start))
      if (this.claimed[node] === 1 || !(isGlobal || marks[markOf(text, start, end)] === 1)) continue
      const name = text.slice(start, end)
      if (!isGlobal && !known.has(name)) continue
      const within = loose[i + 1] ?? -1
      const line = this.startLine(node)
      const column = (this.tree.start[node] ?? 0) - (this.starts[line - 1] ?? 0) + 1
      this.references.push({ name, kind: "use", line, column, qualifier: "", within })
    }
  }
}

const markOf = (text: string, start: number, end: number) =>
  (text.charCodeAt(start) * 31 +
    text.charCodeAt(end - 1) * 7 +
    text.charCodeAt(start + ((end - start) >> 1)) * 131 +
    (end - start)) &
  4095

/** Whether a definition can be meant by a name without anything before it. */
function standsAlone(kind: SymbolKind, hasBareCalls: boolean): boolean {
  return kind === "method" ? hasBareCalls : kind !== "property" && kind !== "constructor"
}

/** By the custom of most languages the start of a type, a module or a constant, and not of a local name. */
const isCapital = (code: number) => code >= 65 && code <= 90

const isBlank = (code: number) => code === 32 || code === 9

/** Letters, digits and the marks that join names in some language. */
function isPathUnit(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 46 ||
    code === 95 ||
    code === 36 ||
    code === 58 ||
    code === 64 ||
    code === 35 ||
    code === 33 ||
    code === 63 ||
    code === 92 ||
    code > 127
  )
}
