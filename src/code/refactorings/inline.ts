import { count } from "../../base/text.ts"
import { inPlaceOf, isConditional, isPreceded, isPure, lostName, namesIn } from "./expressions.ts"
import {
  type Refactoring,
  RefactoringRefusedError,
  type RefactoringTools,
  shownPlace,
  type TextEdit,
} from "./refactoring.ts"
import { isExported } from "./rename-across.ts"
import { type Binding, bindingAt, declarationOf, lookUp, type Name } from "./scopes/scopes.ts"
import { openSources, type Source } from "./sources.ts"
import { removal, statementOf } from "./statements.ts"
import { nodesIn, type SyntaxNode } from "./syntax-tree.ts"
import { findTarget } from "./target.ts"

/**
 * Puts what a variable holds, or a function gives, where its name stands, and takes the declaration out. Throws
 * RefactoringRefusedError where that would work something out at another time, more often or never, or give a name another
 * meaning.
 */
export async function inline(target: string, given: RefactoringTools): Promise<Refactoring> {
  const tools = { ...given, sources: openSources(given) }
  const found = await findTarget(target, tools)
  const source = await tools.sources.open(found.path)
  const binding = bindingAt(source.scopes, found.offset)
  const declared = binding && declarationOf(binding)
  const refuse = refusing(found.name, source)
  if (!binding || !declared) throw refuse("it is a member, whose uses depend on types", found.offset)
  if (binding.kind === "import") throw refuse("it is declared in another file; inline it there", declared.node.start)
  if (source.family === "script" && isExported(source, binding))
    throw refuse("other files can take it", declared.node.start)
  if (
    source.family === "python" &&
    binding.scope === source.scopes.file &&
    (await given.index.importersOf(source.path)).items.length > 0
  )
    throw refuse("other files can take it", declared.node.start)
  const uses = binding.names.filter(({ isDeclaration }) => !isDeclaration)
  if (uses.length === 0) throw refuse("nothing uses it", declared.node.start)
  const { parent } = declared.node
  const value =
    parent?.kind === "variable_declarator"
      ? parent.field("value")
      : parent?.kind === "assignment"
        ? parent.field("right")
        : undefined
  const definition = parent && /^function_(?:declaration|definition)$/.test(parent.kind) ? parent : arrowIn(value)
  const isCalled = uses.every(({ node }) => calleeOf(node))
  const edits =
    definition && isCalled
      ? functionEdits(source, binding, definition, uses, refuse)
      : variableEdits(source, binding, parent, value, uses, refuse)
  const declaration = parent?.parent?.named.filter(({ kind }) => kind === "variable_declarator") ?? []
  if (declaration.length > 1) throw refuse("it is declared together with others", declared.node.start)
  return {
    title: `Inline ${binding.name}`,
    notes: [`${count(uses.length, "place")}.`],
    files: [{ path: source.path, edits: [...edits, removal(source.text, statementOf(declared.node))] }],
    unsure: [],
    by: "syntax",
  }
}

const isWritten = ({ isWrite }: Name): boolean => isWrite

type Refuse = (why: string, offset: number) => RefactoringRefusedError
const refusing =
  (name: string, { path, text }: Source): Refuse =>
  (why, offset) =>
    new RefactoringRefusedError(`${name} can't be inlined: ${why} (${shownPlace(path, text, offset)}).`)

const arrowIn = (value: SyntaxNode | undefined) =>
  value && /^(?:arrow_function|lambda)$/.test(value.kind) ? value : undefined

/** The call that a name is the callee of. */
function calleeOf(node: SyntaxNode): SyntaxNode | undefined {
  const { parent } = node
  return parent && /^call(?:_expression)?$/.test(parent.kind) && parent.field("function") === node ? parent : undefined
}

function variableEdits(
  source: Source,
  binding: Binding,
  declarator: SyntaxNode | undefined,
  value: SyntaxNode | undefined,
  uses: readonly Name[],
  refuse: Refuse,
): TextEdit[] {
  const [first] = uses
  const written = binding.names.filter(({ isWrite }) => isWrite)
  if (!value || !declarator || !first)
    throw refuse("it is not given one value where it is declared", binding.names[0]?.node.start ?? 0)
  const second = written[1]
  if (second) throw refuse("it is given a value again", second.node.start)
  const changing = namesIn(source.scopes, value).find(
    ({ binding: of }) => of && of.names.filter(({ isWrite }) => isWrite).length > 1,
  )
  const statement = statementOf(declarator)
  const single = uses.length === 1 && isNext(statement, first.node) && !isPreceded(first.node, statementOf(first.node))
  for (const { node, scope, shape } of uses) {
    const lost = lostName(source.scopes, value, scope)
    if (lost) throw refuse(`${lost} means something else there`, node.start)
    if (shape === "export") throw refuse("it is exported", node.start)
    const often = isConditional(node, statementOf(node))
    if (!isPure(value) || changing) {
      if (!single)
        throw refuse(
          uses.length > 1 ? "it would be worked out more than once" : "it would be worked out at another time",
          node.start,
        )
      if (often) throw refuse(`it would be worked out ${often}`, node.start)
    }
  }
  return uses.map(({ node, shape }) => ({
    start: node.start,
    end: node.end,
    text: shape === "shorthand" ? `${node.text}: ${value.text}` : inPlaceOf(node, value),
  }))
}

/** Whether the use is in the statement right after. */
function isNext(statement: SyntaxNode, use: SyntaxNode): boolean {
  const siblings = (statement.parent?.named ?? []).filter(({ kind }) => kind !== "comment")
  return siblings[siblings.indexOf(statement) + 1] === statementOf(use)
}

function functionEdits(
  source: Source,
  binding: Binding,
  definition: SyntaxNode,
  uses: readonly Name[],
  refuse: Refuse,
): TextEdit[] {
  const { scopes } = source
  const at = definition.start
  if (binding.names.filter(({ isWrite }) => isWrite).length > 1) throw refuse("it is given a value again", at)
  if (/^(?:async|\*)/.test(definition.text) || definition.parent?.kind === "decorated_definition")
    throw refuse("it is asynchronous, a generator or decorated", at)
  const body = bodyOf(definition)
  if (!body) throw refuse("it does more than give one value back", at)
  if (uses.some(({ node }) => node.start >= definition.start && node.end <= definition.end))
    throw refuse("it calls itself", at)
  if ([...nodesIn(body)].some(({ kind, text }) => kind === "this" || kind === "super" || text === "arguments"))
    throw refuse("it depends on `this` or `arguments`", at)
  const parameters = parametersOf(definition)
  if (!parameters) throw refuse("its parameters are more than names", at)
  const bound = parameters.map((node) => scopes.bindings.find(({ names }) => names.some((name) => name.node === node)))
  if (bound.some((one) => one?.names.some(({ isDeclaration, isWrite }) => !isDeclaration && isWrite)))
    throw refuse("it gives its parameters other values", at)
  const own = new Set(bound)
  return uses.map(({ node, scope }) => {
    const call = calleeOf(node)
    const args = call?.field("arguments")?.named ?? []
    if (
      !call ||
      args.length !== parameters.length ||
      args.some(({ kind }) => /^(?:spread_element|keyword_argument|list_splat|dictionary_splat)$/.test(kind))
    )
      throw refuse("a call does not give each parameter one value", node.start)
    const lost = namesIn(scopes, body).find(
      ({ name, binding: of }) => !(of && own.has(of)) && lookUp(scope, name.node.text) !== of,
    )
    if (lost) throw refuse(`${lost.name.node.text} means something else there`, node.start)
    args.forEach((arg, i) => {
      const places = bound[i]?.names.filter(({ isDeclaration }) => !isDeclaration) ?? []
      const [only] = places
      const isFirst = only !== undefined && !isPreceded(only.node, body) && isConditional(only.node, body) === undefined
      const isSteady = namesIn(scopes, arg).every(({ binding: of }) => !of || of.names.filter(isWritten).length <= 1)
      const isRight = isPure(arg)
        ? isSteady || (isFirst && places.length === 1)
        : isFirst && places.length === 1 && args.length === 1
      if (!isRight)
        throw refuse("an argument would be worked out another number of times, or in another order", arg.start)
    })
    return { start: call.start, end: call.end, text: substituted(source, body, call, bound, args) }
  })
}

/** The one expression that a function gives back. */
function bodyOf(definition: SyntaxNode): SyntaxNode | undefined {
  const body = definition.field("body")
  if (!body || !/block$/.test(body.kind)) return body
  const statements = body.named.filter(({ kind, text }) => kind !== "comment" && !/^(?:"""|''')/.test(text))
  const [only] = statements
  return statements.length === 1 && only?.kind === "return_statement" ? only.named[0] : undefined
}

/** Undefined where one is a pattern or has a default value. */
function parametersOf(definition: SyntaxNode): SyntaxNode[] | undefined {
  const one = definition.field("parameter")
  const list = one ? [one] : (definition.field("parameters")?.named ?? [])
  const names = list.map((parameter) => {
    if (parameter.kind === "identifier") return parameter
    if (parameter.kind === "required_parameter" && !parameter.field("value")) return parameter.field("pattern")
    return parameter.kind === "typed_parameter" ? parameter.named[0] : undefined
  })
  const found = names.filter((node) => node?.kind === "identifier")
  return found.length === list.length ? found.filter((node) => node !== undefined) : undefined
}

/** The body with arguments where the parameters stood. */
function substituted(
  source: Source,
  body: SyntaxNode,
  call: SyntaxNode,
  bound: readonly (Binding | undefined)[],
  args: readonly SyntaxNode[],
): string {
  const edits = bound.flatMap((binding, i) =>
    (binding?.names ?? [])
      .filter(({ isDeclaration }) => !isDeclaration)
      .map(({ node, shape }) => {
        const arg = args[i]
        const text = arg ? inPlaceOf(node, arg) : node.text
        return { start: node.start, end: node.end, text: shape === "shorthand" ? `${node.text}: ${text}` : text }
      }),
  )
  let text = ""
  let at = body.start
  for (const edit of edits.sort((a, b) => a.start - b.start)) {
    text += source.text.slice(at, edit.start) + edit.text
    at = edit.end
  }
  text += source.text.slice(at, body.end)
  // As the body would stand there, with or without brackets around.
  const placed = inPlaceOf(call, body)
  return placed.startsWith("(") && placed !== body.text ? `(${text})` : text
}
