import { posix } from "node:path"
import { DuckError, InvalidInputError, NotFoundError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import { astGrep } from "../../code/ast-grep.ts"
import type { CodeIndex, Definition } from "../../code/code-index.ts"
import { isTestPath } from "../../code/graph/families.ts"
import { testedLanguageOf } from "../../workspace/test-runners/detect.ts"
import type { TestedLanguage } from "../../workspace/test-runners/framework.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { type ScriptExports, scriptExports, scriptMaking } from "./script-exports.ts"
import { type Signature, signatureOf } from "./signature.ts"

/** Something that a test can call. */
export interface Callable extends Signature {
  /** As who uses the module calls it. */
  readonly name: string
  /** As the code itself calls it. */
  readonly localName: string
  /** The class or module around it; "" for none. */
  readonly owner: string
  readonly startLine: number
  readonly endLine: number
  readonly signature: string
  /** How its owner is made, where it has to be; null where that is not known. */
  readonly making: Signature | null
  /** Errors that it throws itself, as they are written: `new Error("unknown country")`. */
  readonly throws: readonly string[]
}

/** What is to be tested: a file, or what a name stands for in it. */
export interface Subject {
  readonly path: string
  /** As the index names it. */
  readonly language: TestedLanguage
  readonly text: string
  /** The name that was asked for; undefined: the whole file. */
  readonly symbol: string | undefined
  /** What the module as a whole is called where it is one thing: `module.exports = tree`, `export default tree`. */
  readonly whole: string | undefined
  readonly callables: readonly Callable[]
}

/**
 * The file or symbol that `target` names. Throws NotFoundError, AMBIGUOUS where a name is defined in several files, and
 * InvalidInputError for tests, folders and languages that no test framework is known for.
 */
export async function subjectOf(
  target: string,
  { index, workspace }: { readonly index: CodeIndex; readonly workspace: Workspace },
): Promise<Subject> {
  const { path, symbol } = await placeOf(target, index, workspace)
  const language = testedLanguageOf(path)
  if (!language)
    throw new InvalidInputError({
      code: "LANGUAGE_NOT_TESTED",
      message: `${path}: no test framework is known for files of this kind.`,
      hint: "Known are JavaScript, TypeScript, Python, Go, Rust, Java, Elixir and Ruby.",
    })
  if (isTestPath(path))
    throw new InvalidInputError({
      code: "IS_A_TEST",
      message: `${path} is a test itself.`,
      hint: `\`duck test quality ${path}\` says how good it is.`,
    })
  const { text } = await workspace.read(path)
  // It may have been written a moment ago.
  if ((await index.text(path)) !== text) await index.update({ paths: [path] })
  const { items } = await index.outline(path)
  const script = language === "javascript" ? await scriptExports(path, text, items) : undefined
  const all = await callablesOf(items, text, language, script)
  const isWanted = ({ name, localName, owner }: Callable) =>
    symbol === undefined || [name, localName, owner, `${owner}.${name}`, `${owner}.${localName}`].includes(symbol)
  return { path, language, text, symbol, whole: script?.whole, callables: all.filter(isWanted) }
}

async function placeOf(target: string, index: CodeIndex, workspace: Workspace) {
  const plain = posix.normalize(target)
  if (index.files().includes(plain)) return { path: plain, symbol: undefined }
  const { items } = /\s/.test(target) ? { items: [] } : await index.definitions(target)
  const own = items.filter(({ path }) => !isTestPath(path) && testedLanguageOf(path))
  const paths = [...new Set(own.map(({ path }) => path))]
  const [path] = paths
  if (path !== undefined && paths.length === 1) {
    const [definition] = own
    return { path, symbol: definition ? nameOf(definition) : target }
  }
  if (paths.length > 1)
    throw new DuckError({
      code: "AMBIGUOUS",
      message: `${target} is defined in ${paths.length} files: ${paths.slice(0, 5).join(", ")}.`,
      hint: "Name the file, or Class.method.",
      status: 400,
    })
  // Throws what keeps a path from being read: it leads out, or is not there.
  const isFolder = index.files().some((file) => file.startsWith(`${plain.replace(/\/$/, "")}/`))
  if (isFolder || /[\\/]|^\.|\.\w{1,5}$/.test(target)) {
    const { kind, path: found } = await workspace.stat(target)
    if (kind === "file") return { path: found, symbol: undefined }
    throw new InvalidInputError({
      code: "NOT_A_FILE",
      message: `${target} is a ${kind}.`,
      hint: "Name files or symbols; several at once are tested side by side.",
    })
  }
  const names = (await index.search({ text: target, mode: "symbol", limit: 5 })).hits.map(({ name }) => name)
  throw new NotFoundError({
    message: `Nothing is called ${target}.`,
    hint: didYouMean(target, names) ?? "Name a file, a symbol or Class.method.",
  })
}

const nameOf = ({ within, name }: Definition) => [...within.slice(-1), name].join(".")

const kinds = new Set(["function", "method"])

async function callablesOf(
  items: readonly Definition[],
  text: string,
  language: TestedLanguage,
  script: ScriptExports | undefined,
): Promise<readonly Callable[]> {
  const errors = await errorsIn(text, language)
  const found = items.filter(({ kind, isExported, name }) => kinds.has(kind) && isExported && isPublic(name, language))
  return found
    .filter((one) => !items.some((outer) => outer !== one && kinds.has(outer.kind) && encloses(outer, one)))
    .flatMap((one): Callable[] => {
      const owner = one.within.at(-1) ?? receiverOf(one.signature)
      const public_ = script ? script.reached(one, owner) : { name: one.name, owner }
      if (!public_) return []
      const maker = items.find(({ kind, within }) => kind === "constructor" && within.at(-1) === owner)
      const isClass = items.some(({ name, kind }) => name === owner && (kind === "class" || kind === "struct"))
      const plainMaking = isClass && language !== "rust" ? signatureOf("make()", "make", language) : null
      const signature = signatureOf(one.signature, one.name, language)
      const isStatic = signature.isStatic || (language === "rust" && !/\bself\b/.test(one.signature))
      const isScript = language === "javascript" && owner !== "" && !isClass
      const made = isScript ? scriptMaking(one, items) : undefined
      const making = maker ? signatureOf(maker.signature, maker.name, language) : (made ?? plainMaking)
      return [
        {
          ...signature,
          isStatic: isStatic || (language === "python" && isStaticPython(text, one)) || (isScript && !made),
          name: public_.name,
          localName: one.name,
          owner:
            language === "elixir" || language === "ruby"
              ? one.within.join(language === "ruby" ? "::" : ".")
              : public_.owner,
          startLine: one.startLine,
          endLine: one.endLine,
          signature: one.signature,
          making: owner === "" ? null : making,
          throws: errors.filter(({ line }) => line >= one.startLine && line <= one.endLine).map(({ says }) => says),
        },
      ]
    })
}

const encloses = (outer: Definition, inner: Definition) =>
  outer.startLine <= inner.startLine && outer.endLine >= inner.endLine && inner.within.includes(outer.name)

/** By the language's own convention, where the index can't tell. */
const isPublic = (name: string, language: TestedLanguage) =>
  language === "python" ? !name.startsWith("_") : !name.startsWith("#") && name !== "main"

const receiverOf = (signature: string) => /^func\s*\(\s*\w*\s*\*?(\w+)/.exec(signature)?.[1] ?? ""

function isStaticPython(text: string, { startLine }: Definition): boolean {
  const lines = text.split("\n").slice(Math.max(0, startLine - 3), startLine)
  return lines.some((line) => /^\s*@(?:staticmethod|classmethod)\b/.test(line))
}

const errorKinds: Readonly<Record<TestedLanguage, readonly string[]>> = {
  javascript: ["throw_statement"],
  python: ["raise_statement"],
  java: ["throw_statement"],
  go: [],
  rust: [],
  elixir: [],
  ruby: [],
}
const errorLines: Partial<Record<TestedLanguage, RegExp>> = {
  go: /\b(?:errors\.New|fmt\.Errorf|panic)\((?:"[^"]*")?/g,
  rust: /\bErr\([^\n]*|\bpanic!\([^\n]*/g,
  elixir: /\braise[ (][^\n]*|\{:error, [^\n}]*\}/g,
  ruby: /\braise\b[^\n]*/g,
}
const grepNames: Partial<Record<TestedLanguage, string>> = { javascript: "tsx", python: "python", java: "java" }
const longestError = 120

/** Where the code ends in an error of its own: from the syntax tree where ast-grep has one, else from the lines. */
async function errorsIn(text: string, language: TestedLanguage) {
  const grep = await astGrep()
  const name = grepNames[language]
  if (name !== undefined) {
    const root = grep.parse(name, text).root()
    return errorKinds[language].flatMap((kind) =>
      root.findAll({ rule: { kind } }).map((node) => ({
        line: node.range().start.line + 1,
        says: node
          .text()
          .replace(/^(?:throw|raise)\s+/, "")
          .replace(/;$/, "")
          .replace(/\s+/g, " ")
          .slice(0, longestError),
      })),
    )
  }
  const pattern = errorLines[language]
  if (!pattern) return []
  return Array.from(text.matchAll(pattern), ({ index, 0: says }) => ({
    line: text.slice(0, index).split("\n").length,
    says: says.trim().slice(0, longestError),
  }))
}
