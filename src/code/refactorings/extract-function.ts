import { scopeAt } from "./expressions.ts"
import { RefactoringRefusedError, shownPlace, type TextEdit } from "./refactoring.ts"
import { type Binding, lookUp, type Name } from "./scopes/scopes.ts"
import type { Source } from "./sources.ts"
import { indentAt, newlineOf, usesSemicolons } from "./statements.ts"
import { around, nodeAt, nodesIn, type SyntaxNode } from "./syntax-tree.ts"
import { type HoverAt, type VariableType, variableTypes, writtenType } from "./variable-types.ts"

/** What flows in and out of the statements. */
interface Flow {
  readonly parameters: readonly Binding[]
  /** Declared in them, and used after. */
  readonly declared: readonly Binding[]
  /** Declared before, and given another value that is used later. */
  readonly changed: readonly Binding[]
}

const functions =
  /^(?:function_declaration|function_expression|generator_function|generator_function_declaration|arrow_function|method_definition|function_definition|lambda)$/

/**
 * A function of whole statements, put after what they stood in at the top of the file, and the call in their place. In
 * TypeScript its parameters have types, where they are known (see `variableTypes`).
 */
export async function extractedFunction(
  source: Source,
  start: number,
  end: number,
  name: string,
  hover: HoverAt | undefined,
): Promise<{ edits: TextEdit[]; notes: string[] }> {
  const { text, family, scopes, root } = source
  const refuse = (why: string, at = start) =>
    new RefactoringRefusedError(`This can't be a function: ${why} (${shownPlace(source.path, text, at)}).`)
  const statements = statementsIn(root, start, end)
  const [first] = statements
  const last = statements.at(-1)
  if (!first || !last) throw refuse("the range holds no whole statements")
  const top = [...around(first)].find(({ parent }) => parent && parent.parent === undefined)
  const home = [...around(first)].find(({ kind }) => functions.test(kind))
  if (!top || !home) throw refuse("it stands in no function: its names are those of the whole file")
  if (
    lookUp(scopes.file, name) ||
    scopes.free.some(({ node }) => node.text === name) ||
    lookUp(scopeAt(scopes, first.start), name)
  )
    throw refuse(`${name} is taken`)
  const all = statements.flatMap((statement) => [...nodesIn(statement)])
  const way = wayOut(all, statements, home, refuse)
  const flow = flowOf(source, first.start, last.end, home)
  const outs = [...flow.declared, ...flow.changed]
  if (way === "return" && outs.length > 0) throw refuse(`it returns, and ${outs[0]?.name} is used after it`)
  const isAsync = all.some(
    (node) =>
      node.kind === "await_expression" ||
      node.kind === "await" ||
      (node.kind === "for_in_statement" && node.children.some(({ kind }) => kind === "await")),
  )
  const isTyped = /\.[cm]?tsx?$/.test(source.path)
  const piece = { start: first.start, end: last.end }
  const types = isTyped ? await variableTypes(source, flow.parameters, piece, hover) : undefined
  const made: Made = {
    name,
    flow,
    types,
    way,
    isAsync,
    body: text.slice(first.start, last.end),
    indent: indentAt(text, first.start),
  }
  const [call, definition, notes] = family === "python" ? pythonText(source, made) : scriptText(source, made)
  const line = newlineOf(text)
  return {
    notes,
    edits: [
      { start: first.start, end: last.end, text: call },
      {
        start: top.end,
        end: top.end,
        text: (family === "python" ? line + line + line : line + line) + definition.replaceAll("\n", line),
      },
    ],
  }
}

/** Neighbours in one block that fill the range; of an expression with a statement around, that statement. */
function statementsIn(root: SyntaxNode, start: number, end: number): readonly SyntaxNode[] {
  let at = nodeAt(root, start, end)
  while (
    at.parent &&
    at.start === start &&
    at.end >= end &&
    !/^(?:statement_block|block|program|module)$/.test(at.parent.kind)
  )
    at = at.parent
  const isOne =
    at.parent !== undefined && /^(?:statement_block|block)$/.test(at.parent.kind) && at.start === start && at.end <= end
  if (isOne) return [at]
  if (!/^(?:statement_block|block)$/.test(at.kind)) return []
  const inside = at.named.filter((child) => child.start >= start && child.end <= end)
  const [first] = inside
  const crossed = at.named.some((child) => !inside.includes(child) && child.start < end && child.end > start)
  return crossed || first?.start !== start ? [] : inside
}

type Refuse = (why: string, at?: number) => RefactoringRefusedError

/** How control leaves the statements; throws where that can't be a function's way. */
function wayOut(
  all: readonly SyntaxNode[],
  statements: readonly SyntaxNode[],
  home: SyntaxNode,
  refuse: Refuse,
): "falls through" | "return" {
  const isOwn = (node: SyntaxNode) => {
    for (const up of around(node)) {
      if (up !== node && functions.test(up.kind)) return up === home
    }
    return true
  }
  let way: "falls through" | "return" = "falls through"
  for (const node of all) {
    if (/^(?:this|super)$/.test(node.kind) && ownerOfThis(node) === ownerOfThis(home, true))
      throw refuse(`it needs \`${node.text}\``, node.start)
    if (node.kind === "identifier" && (node.text === "arguments" || node.text === "super") && isOwn(node))
      throw refuse(`it needs \`${node.text}\``, node.start)
    if (/^yield/.test(node.kind) && node.isNamed && isOwn(node)) throw refuse("it yields", node.start)
    if (/^(?:nonlocal|global)_statement$/.test(node.kind)) throw refuse(`it says \`${node.text}\``, node.start)
    if (/^(?:break|continue)_statement$/.test(node.kind) && leaves(node, statements))
      throw refuse(`its \`${node.text}\` is of a loop around it`, node.start)
    if (node.kind === "return_statement" && isOwn(node)) {
      if (node !== statements.at(-1)) throw refuse("it returns in its midst", node.start)
      way = "return"
    }
  }
  // What throws at its end never comes back: the caller's code after it isn't reached either.
  return /^(?:throw|raise)_statement$/.test(statements.at(-1)?.kind ?? "") ? "return" : way
}

/** The function whose `this` it is: arrows have that of what is around them. */
function ownerOfThis(node: SyntaxNode, isItself = false): SyntaxNode | undefined {
  for (const up of around(node)) {
    if (up === node && !isItself) continue
    if (functions.test(up.kind) && up.kind !== "arrow_function") return up
  }
  return undefined
}

function leaves(node: SyntaxNode, statements: readonly SyntaxNode[]): boolean {
  for (const up of around(node)) {
    const isLoop = /^(?:for_statement|for_in_statement|while_statement|do_statement)$/.test(up.kind)
    if (node.named.length === 0 && (isLoop || (up.kind === "switch_statement" && node.kind === "break_statement")))
      return false
    if (node.named.length > 0 && up.kind === "labeled_statement" && up.named[0]?.text === node.named[0]?.text)
      return false
    if (statements.includes(up)) return true
  }
  return true
}

function flowOf({ scopes }: Source, start: number, end: number, home: SyntaxNode): Flow {
  const isIn = ({ node }: Name) => node.start >= start && node.end <= end
  const parameters: Binding[] = []
  const declared: Binding[] = []
  const changed: Binding[] = []
  for (const binding of scopes.bindings) {
    const inside = binding.names.filter(isIn)
    if (inside.length === 0 || binding.scope === scopes.file) continue
    const isLocal = binding.names.find(({ isDeclaration }) => isDeclaration)
    const outside = binding.names.filter((name) => !isIn(name))
    const isDeclaredIn = isLocal !== undefined && isIn(isLocal)
    // In a loop around, what stands before is run after as well.
    const later = outside.filter(({ node }) => node.start >= end || isInLoop(node, start, home))
    if (isDeclaredIn) {
      if (outside.length > 0) declared.push(binding)
      continue
    }
    const isWritten = inside.some(({ isWrite }) => isWrite)
    const isWrittenFirst = isWritten && inside[0]?.isWrite && inside[0].node.parent?.kind.startsWith("assign")
    if (!isWrittenFirst || later.length > 0) parameters.push(binding)
    if (isWritten && (later.length > 0 || isCaptured(binding, home))) changed.push(binding)
  }
  const inOrder = (some: Binding[]) =>
    some.sort((a, b) => (a.names[0]?.node.start ?? 0) - (b.names[0]?.node.start ?? 0))
  return { parameters: inOrder(parameters), declared: inOrder(declared), changed: inOrder(changed) }
}

function isInLoop(node: SyntaxNode, start: number, home: SyntaxNode): boolean {
  for (const up of around(node)) {
    if (up === home) return false
    if (
      /^(?:for_statement|for_in_statement|while_statement|do_statement)$/.test(up.kind) &&
      up.start <= start &&
      start < up.end
    )
      return true
  }
  return false
}

/** A function within sees the variable whenever it runs. */
const isCaptured = ({ names, scope }: Binding, home: SyntaxNode): boolean =>
  names.some((name) => {
    for (const up of around(name.node)) {
      if (up === home || up === scope.node) return false
      if (functions.test(up.kind)) return true
    }
    return false
  })

interface Made {
  readonly name: string
  readonly flow: Flow
  /** Of the parameters; of languages without types undefined. */
  readonly types: readonly VariableType[] | undefined
  readonly way: "falls through" | "return"
  readonly isAsync: boolean
  readonly body: string
  readonly indent: string
}

/** The body's lines, indented by `by` instead of as they were. */
const reindented = (body: string, indent: string, by: string): string =>
  body
    .split(/\r?\n/)
    .map((line, i) =>
      i === 0 ? by + line : line.trim() === "" ? "" : by + (line.startsWith(indent) ? line.slice(indent.length) : line),
    )
    .join("\n")

function scriptText(
  source: Source,
  { name, flow, types, way, isAsync, body, indent }: Made,
): [string, string, string[]] {
  const { parameters, declared, changed } = flow
  const end = usesSemicolons(source) ? ";" : ""
  const list = parameters.map(({ name }, i) => (types?.[i]?.type ? `${name}: ${types[i].type}` : name)).join(", ")
  const call = `${isAsync ? "await " : ""}${name}(${parameters.map((one) => one.name).join(", ")})`
  const outs = [...declared, ...changed]
  const unit = indent.startsWith("\t") ? "\t" : "  "
  const given =
    outs.length === 0
      ? ""
      : `\n${unit}return ${outs.length === 1 ? outs[0]?.name : `{ ${outs.map((one) => one.name).join(", ")} }`}${end}`
  const definition = `${isAsync ? "async " : ""}function ${name}(${list}) {\n${reindented(body, indent, unit)}${given}\n}`
  const notes = parameters.flatMap(({ name }, i) => (types?.[i] ? untyped(name, types[i]) : []))
  if (way === "return") return [`return ${call}${end}`, definition, notes]
  if (outs.length === 0) return [`${call}${end}`, definition, notes]
  const isGivenAgain = declared.some((one) => one.names.filter(({ isWrite }) => isWrite).length > 1)
  const pattern = outs.length === 1 ? (outs[0]?.name ?? "") : `{ ${outs.map((one) => one.name).join(", ")} }`
  if (changed.length === 0) {
    const type = types && isGivenAgain ? typesOf(outs) : ""
    return [`${isGivenAgain ? "let" : "const"} ${pattern}${type} = ${call}${end}`, definition, notes]
  }
  if (declared.length === 0)
    return [
      outs.length === 1 ? `${pattern} = ${call}${end}` : `${end ? "" : ";"}(${pattern} = ${call})${end}`,
      definition,
      notes,
    ]
  const all = `let ${declared.map((one) => one.name).join(", ")}${end}\n${indent}`
  return [`${all}${end ? "" : ";"}(${pattern} = ${call})${end}`, definition, notes]
}

const untyped = (name: string, { type, unnamed }: VariableType): string[] => {
  if (type !== undefined) return []
  const why =
    unnamed === undefined ? "none is known" : `\`${unnamed}\` is not known by that name at the top of the file`
  return [`${name} needs a type: ${why}.`]
}

/** The annotation of a variable, or of several taken from an object; "" where a type is not known. */
function typesOf(bindings: readonly Binding[]): string {
  const types = bindings.map(writtenType)
  if (types.includes(undefined)) return ""
  if (types.length === 1) return `: ${types[0]}`
  return `: { ${bindings.map(({ name }, i) => `${name}: ${types[i]}`).join("; ")} }`
}

function pythonText(_source: Source, { name, flow, way, isAsync, body, indent }: Made): [string, string, string[]] {
  const { parameters, declared, changed } = flow
  const call = `${isAsync ? "await " : ""}${name}(${parameters.map((one) => one.name).join(", ")})`
  const outs = [...declared, ...changed].map((one) => one.name)
  const unit = indent.startsWith("\t") ? "\t" : "    "
  const given = outs.length === 0 ? "" : `\n${unit}return ${outs.join(", ")}`
  const definition = `${isAsync ? "async " : ""}def ${name}(${parameters.map((one) => one.name).join(", ")}):\n${reindented(body, indent, unit)}${given}`
  if (way === "return") return [`return ${call}`, definition, []]
  return [outs.length === 0 ? call : `${outs.join(", ")} = ${call}`, definition, []]
}
