import { astGrep } from "../ast-grep.ts"
import { type Binding, declarationOf, lookUp } from "./scopes/scopes.ts"
import type { Source } from "./sources.ts"
import { around, nodesIn, type SyntaxNode, syntaxErrors, syntaxTree } from "./syntax-tree.ts"

export interface VariableType {
  readonly type: string | undefined
  /** Known, and of a name that means nothing, or something else, at the top of the file. */
  readonly unnamed?: string | undefined
}

/** What a language server says of the name at an offset: Markdown or plain text. */
export type HoverAt = (offset: number) => Promise<string>

/** Types that are there without being imported. */
const globals = new Set(
  (
    "Array ReadonlyArray Promise PromiseLike Map Set WeakMap WeakSet ReadonlyMap ReadonlySet Record Partial Required " +
    "Readonly Pick Omit Exclude Extract NonNullable ReturnType Parameters Awaited Date RegExp Error TypeError Symbol " +
    "Iterable Iterator IterableIterator AsyncIterable AsyncIterator AsyncGenerator Generator Function Object ArrayBuffer " +
    "SharedArrayBuffer ArrayBufferLike DataView Int8Array Uint8Array Uint8ClampedArray Int16Array Uint16Array Int32Array " +
    "Uint32Array Float32Array Float64Array BigInt64Array BigUint64Array Buffer URL URLSearchParams AbortSignal " +
    "NodeJS AbortController Response Request Headers Event EventTarget TextDecoder TextEncoder ReadableStream WritableStream"
  ).split(" "),
)

/**
 * The types that variables of TypeScript have where a piece of code begins, as they are written at the top of the file. A server knows them all, and what they have been narrowed to; without one it is what is
 * written at the declaration, or what its value plainly is.
 */
export async function variableTypes(
  source: Source,
  bindings: readonly Binding[],
  piece: { readonly start: number; readonly end: number },
  hover: HoverAt | undefined,
): Promise<readonly VariableType[]> {
  return Promise.all(
    bindings.map(async (binding) => {
      const written = writtenType(binding)
      if (written !== undefined && isPlain.test(written)) return { type: written }
      const served = hover && typeInHover(await hover(placeOf(binding, piece)), binding.name)
      for (const type of [served, written])
        if (type !== undefined && (await isNamedAtTop(type, source))) return { type }
      return { type: undefined, unnamed: served ?? written }
    }),
  )
}

const isPlain = /^(?:number|string|boolean|bigint)(?:\[\])?$/

/** Where its type is asked: at its first use in the piece, or where it is declared if it gets another value in there. */
function placeOf(binding: Binding, { start, end }: { readonly start: number; readonly end: number }): number {
  const inside = binding.names.filter(({ node }) => node.start >= start && node.end <= end)
  const [first] = inside
  const isWritten = inside.some(({ isWrite }) => isWrite)
  const at = isWritten ? (declarationOf(binding) ?? first) : first
  return at?.node.start ?? start
}

/** "number" of "(parameter) tax: number", also where it stands in Markdown. Undefined where it is cut short. */
export function typeInHover(hover: string, name: string): string | undefined {
  const code = /```\w*\n([\s\S]*?)\n```/.exec(hover)?.[1] ?? hover
  const escaped = name.replaceAll("$", "\\$")
  const variable = new RegExp(`^(?:\\([a-z ]+\\) )?(?:(?:const|let|var|using) )?${escaped}(\\??): ([\\s\\S]+)$`).exec(
    code,
  )
  const [, optional, said] = variable ?? []
  if (said === undefined || /\.\.\. \d+ more|\.\.\.;|\{ \.\.\. \}|unique symbol/.test(said)) return undefined
  const type = said.replace(/\s+/g, " ").replaceAll("; }", " }").trim()
  return optional === "?" && !/\bundefined\b/.test(type) ? `${type} | undefined` : type
}

/** Whether each name of a type means, at the top of the file, what it means inside. */
async function isNamedAtTop(type: string, { scopes, path }: Source): Promise<boolean> {
  const grammars = await astGrep()
  const root = syntaxTree(grammars, path.endsWith("x") ? "tsx" : "typescript", `type _ = ${type}`)
  if (syntaxErrors(root).length > 0) return false
  const own = new Set(["_"])
  const used: string[] = []
  for (const node of nodesIn(root)) {
    if (node.kind === "type_parameter") own.add(node.named[0]?.text ?? "")
    const isValue =
      node.kind === "identifier" &&
      /^(?:type_query|nested_type_identifier|nested_identifier)$/.test(node.parent?.kind ?? "")
    const isFirst = node.parent?.kind !== "nested_type_identifier" || node.parent.named[0] === node
    if (isFirst && (node.kind === "type_identifier" || isValue)) used.push(node.text)
    // `import("./a").B`, which a server says of what the file does not import, is left to people.
    if (node.kind === "import") return false
  }
  const isInner = (name: string) => scopes.bindings.some((one) => one.name === name && one.scope !== scopes.file)
  const isGlobal = (name: string) =>
    !isInner(name) && (globals.has(name) || scopes.free.some(({ node }) => node.text === name))
  return used.every((name) => own.has(name) || scopes.file.bindings.has(name) || isGlobal(name))
}

/** The type that is written at a declaration, or that its first value plainly has. */
export function writtenType(binding: Binding): string | undefined {
  const node = declarationOf(binding)?.node
  const home = node?.parent
  if (!node || !home) return undefined
  if (/^(?:object_pattern|object_assignment_pattern|pair_pattern)$/.test(home.kind)) return takenType(node)
  if (home.kind === "for_in_statement") return elementType(binding, home)
  if (!/^(?:required_parameter|optional_parameter|variable_declarator)$/.test(home.kind)) return undefined
  const written = home.field("type")
  if (written) return annotated(written) + (home.kind === "optional_parameter" ? " | undefined" : "")
  const value = home.field("value")
  return value && typeOfValue(value)
}

/** Of `for (const item of items)`, where `items` is said to be an array. */
function elementType({ scope }: Binding, loop: SyntaxNode): string | undefined {
  const list = loop.field("right")
  const isOf = loop.children.some(({ kind }) => kind === "of")
  const of = isOf && list?.kind === "identifier" ? lookUp(scope, list.text) : undefined
  const type = of && writtenType(of)
  return (
    /^(?:readonly )?([\w.]+)\[\]$/.exec(type ?? "")?.[1] ??
    /^(?:Readonly)?(?:Array|Set)<([\w.]+)>$/.exec(type ?? "")?.[1]
  )
}

const annotated = (annotation: SyntaxNode): string => annotation.text.replace(/^:\s*/, "")

/** Of `{ tax, rate = 1 }: { tax: number; rate?: number }`, where a name is taken from an object whose type is spelled out. */
function takenType(node: SyntaxNode): string | undefined {
  const pattern = [...around(node)].find(({ kind }) => kind === "object_pattern")
  const holder = pattern?.parent
  const type = holder?.field("type")?.named[0]
  if (!holder || type?.kind !== "object_type") return undefined
  const isRenamed = node.parent?.kind === "pair_pattern"
  const key = isRenamed ? node.parent?.named[0]?.text : node.text
  const property = type.named.find((one) => one.kind === "property_signature" && one.field("name")?.text === key)
  const written = property?.field("type")
  if (!property || !written) return undefined
  const isOptional = property.children.some(({ kind }) => kind === "?")
  const hasDefault = node.parent?.kind === "object_assignment_pattern"
  return annotated(written) + (isOptional && !hasDefault ? " | undefined" : "")
}

const ofLiteral: Readonly<Record<string, string>> = {
  ...{ number: "number", string: "string", template_string: "string", true: "boolean", false: "boolean" },
  ...{ regex: "RegExp", null: "null" },
}

function typeOfValue(value: SyntaxNode): string | undefined {
  if (value.kind === "number" && value.text.endsWith("n")) return "bigint"
  // `let a = null` is to hold something else later.
  if (value.kind !== "null" && ofLiteral[value.kind]) return ofLiteral[value.kind]
  if (value.kind === "new_expression") {
    const made = value.field("constructor")?.text ?? ""
    const of = value.named.find(({ kind }) => kind === "type_arguments")?.text ?? ""
    return of === "" && /^(?:Map|Set|WeakMap|WeakSet|Promise|Array)$/.test(made) ? undefined : made + of
  }
  if (value.kind === "as_expression" && value.named[1] && value.named[1].text !== "const") return value.named[1].text
  if (value.kind === "unary_expression" && value.children[0]?.kind === "!") return "boolean"
  if (value.kind === "array" && value.named.length > 0) {
    const kinds = new Set(value.named.map(({ kind }) => ofLiteral[kind]))
    const [only] = kinds
    return kinds.size === 1 && only !== undefined && only !== "null" ? `${only}[]` : undefined
  }
  return undefined
}
