import { readFile } from "node:fs/promises"
import { createRequire } from "node:module"
import { type Language as Grammar, Language as GrammarLoader, Parser } from "web-tree-sitter"
import { UnavailableError } from "../../base/errors.ts"
import { errorKind, FlatTree } from "./flat-tree.ts"
import { walkTree } from "./tree-cursor.ts"
import { type GrammarTables, grammarTables, readTree, type TreeMemory } from "./tree-memory.ts"

/** Parses text of one grammar. */
export interface GrammarParser {
  readonly types: readonly string[]
  /**
   * The syntax tree, good until the next call; null when it took longer than `timeLimitMs`.
   * Throws when the grammar aborts; after that no grammar in this thread can be trusted.
   */
  parse(text: string, timeLimitMs: number): FlatTree | null
  /** Whether trees are read from memory (the usual) or through the library's cursor. */
  readonly readsMemory: boolean
}

const loaded = new Map<string, Promise<GrammarParser>>()
let starting: Promise<unknown> | undefined
// The library writes its memory views and functions into the object it is started with.
const runtime: Record<string, unknown> = {}

/**
 * Loads a grammar by the name of its file within `node_modules`; later calls give the same parser.
 * Throws UnavailableError when the file is not there or was made for another version of tree-sitter.
 */
export function grammarParser(file: string): Promise<GrammarParser> {
  let parser = loaded.get(file)
  if (!parser) {
    parser = load(file)
    loaded.set(file, parser)
    parser.catch(() => loaded.delete(file))
  }
  return parser
}

/** Bytes of WebAssembly memory that parsing holds in this thread; it never shrinks, so a worker is replaced instead. */
export function grammarMemoryBytes(): number {
  return runtime.HEAPU8 instanceof Uint8Array ? runtime.HEAPU8.byteLength : 0
}

async function load(file: string): Promise<GrammarParser> {
  const grammar = await loadGrammar(file)
  const { parser, types, tree } = grammar
  const isRead = samples.every((sample) => readsAlike(grammar, sample))
  return {
    types,
    readsMemory: isRead,
    parse(text, timeLimitMs) {
      const deadline = performance.now() + timeLimitMs
      const parsed = parser.parse(text, null, { progressCallback: () => performance.now() > deadline })
      if (!parsed) {
        parser.reset()
        return null
      }
      tree.reset(text)
      try {
        // Memory grows, and its views are then others.
        const memory = isRead ? memoryOf(runtime) : undefined
        if (memory && grammar.tables) readTree(memory, grammar.tables, addressOf(parsed), tree)
        else walkTree(parsed, tree)
      } finally {
        parsed.delete()
      }
      return tree
    },
  }
}

export interface LoadedGrammar {
  readonly parser: Parser
  readonly types: readonly string[]
  readonly fieldIds: ReadonlyMap<string, number>
  /** Undefined where memory can not be seen. */
  readonly tables: GrammarTables | undefined
  readonly tree: FlatTree
}

export async function loadGrammar(file: string): Promise<LoadedGrammar> {
  starting ??= Parser.init(runtime)
  await starting
  let grammar: Grammar
  try {
    grammar = await GrammarLoader.load(await readFile(createRequire(import.meta.url).resolve(file)))
  } catch (cause) {
    throw new UnavailableError({
      code: "GRAMMAR_UNAVAILABLE",
      message: `The grammar ${file} could not be loaded.`,
      hint: "Install the dependencies again with `npm ci`.",
      cause,
    })
  }
  const types: string[] = []
  const visibility = new Uint8Array(grammar.nodeTypeCount)
  for (let id = 0; id < grammar.nodeTypeCount; id++) {
    types[id] = interned(grammar.nodeTypeForId(id) ?? "")
    visibility[id] = grammar.nodeTypeIsVisible(id) ? (grammar.nodeTypeIsNamed(id) ? 2 : 1) : 0
  }
  types[errorKind] = "ERROR"
  const fieldIds = new Map<string, number>()
  for (const [id, name] of grammar.fields.entries()) if (name !== null && name !== undefined) fieldIds.set(name, id)
  const parser = new Parser()
  parser.setLanguage(grammar)
  const memory = memoryOf(runtime)
  const tables = memory && grammarTables(memory, addressOf(grammar), visibility)
  return { parser, types, fieldIds, tables, tree: new FlatTree(types, fieldIds) }
}

/** Whether reading a text's tree from memory gives what the library's cursor gives. */
export function readsAlike({ parser, tables, types, fieldIds }: LoadedGrammar, text: string): boolean {
  const parsed = parser.parse(text)
  const memory = memoryOf(runtime)
  if (!parsed || !memory || !tables) return false
  try {
    const byMemory = new FlatTree(types, fieldIds)
    byMemory.reset(text)
    readTree(memory, tables, addressOf(parsed), byMemory)
    const byCursor = new FlatTree(types, fieldIds)
    byCursor.reset(text)
    walkTree(parsed, byCursor)
    return sameTree(byMemory, byCursor)
  } catch {
    return false
  } finally {
    parsed.delete()
  }
}

// Errors in most grammars, and nested in some.
const samples = [
  "/* é */ int f(int a) { return g(a, 1 + 2); }\n",
  "def f(a, b=1):\n    return a.b(c)[0]\nclass A(B):\n    x = 'y'\n",
  'import { a as b } from "c"\nexport const x = (y) => ({ z: y?.w }) // t\n',
  "# a\nkey: [1, {b: c}]\n<div id='x'>y</div>\n",
]

function sameTree(a: FlatTree, b: FlatTree): boolean {
  if (a.count !== b.count || a.hasErrors !== b.hasErrors) return false
  for (let node = 0; node < a.count; node++) {
    if (
      a.type(node) !== b.type(node) ||
      a.field[node] !== b.field[node] ||
      a.start[node] !== b.start[node] ||
      a.end[node] !== b.end[node] ||
      a.parent[node] !== b.parent[node] ||
      a.after[node] !== b.after[node]
    )
      return false
  }
  return true
}

/** Undefined where another part of the process started the library first. */
function memoryOf(from: Record<string, unknown>): TreeMemory | undefined {
  const { HEAPU8, HEAPU16, HEAPU32 } = from
  const isThere = HEAPU8 instanceof Uint8Array && HEAPU16 instanceof Uint16Array && HEAPU32 instanceof Uint32Array
  return isThere ? { HEAPU8, HEAPU16, HEAPU32 } : undefined
}

/** Where the library's object stands in WebAssembly memory: it keeps the address under the key 0. */
function addressOf(handle: object): number {
  const address: unknown = Reflect.get(handle, 0)
  return typeof address === "number" ? address : 0
}

/** The same text as a property name: comparing it with a literal is then comparing two pointers. */
const interned = (text: string): string => Object.keys({ [text]: 0 })[0] ?? text
