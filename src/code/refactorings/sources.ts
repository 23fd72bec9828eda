import { InvalidInputError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { type AstGrep, astGrep } from "../ast-grep.ts"
import { languageOf } from "../parse/languages.ts"
import type { RefactoringTools } from "./refactoring.ts"
import { ecmascriptScopes } from "./scopes/ecmascript.ts"
import { pythonScopes } from "./scopes/python.ts"
import type { Scopes } from "./scopes/scopes.ts"
import { type SyntaxNode, syntaxTree } from "./syntax-tree.ts"

export type Family = "script" | "python"

/** A file whose names are understood. */
export interface Source {
  readonly path: string
  readonly text: string
  readonly family: Family
  readonly root: SyntaxNode
  readonly scopes: Scopes
}

/** Files as they were read the first time. */
export interface Sources {
  /** Throws InvalidInputError for a language whose names are not understood, and what reading throws. */
  open(path: string): Promise<Source>
  /** Undefined for such a language. */
  tryOpen(path: string): Promise<Source | undefined>
}

/** Grammar and rules by the file's ending: `.js` may hold JSX, which the grammar of JavaScript knows. */
export function grammarOf(path: string): { readonly language: string; readonly family: Family } | undefined {
  if (/\.[cm]?jsx?$/.test(path)) return { language: "javascript", family: "script" }
  if (/\.tsx$/.test(path)) return { language: "tsx", family: "script" }
  if (/\.[cm]?ts$/.test(path)) return { language: "typescript", family: "script" }
  if (/\.pyi?$/.test(path)) return { language: "python", family: "python" }
  return undefined
}

export function sourceOf(grammars: AstGrep, path: string, text: string): Source | undefined {
  const grammar = grammarOf(path)
  if (!grammar) return undefined
  const root = syntaxTree(grammars, grammar.language, text)
  const scopes = grammar.family === "script" ? ecmascriptScopes(root) : pythonScopes(root)
  return { path, text, family: grammar.family, root, scopes }
}

export function openSources({ read, signal }: Pick<RefactoringTools, "read" | "signal">): Sources {
  const known = new Map<string, Promise<Source | undefined>>()
  const tryOpen = (path: string) => {
    throwIfAborted(signal)
    let source = known.get(path)
    if (!source) {
      source = (async () => {
        if (!grammarOf(path)) return undefined
        const [{ text }, grammars] = await Promise.all([read(path), astGrep()])
        return sourceOf(grammars, path, text)
      })()
      known.set(path, source)
    }
    return source
  }
  return {
    tryOpen,
    async open(path) {
      const source = await tryOpen(path)
      if (source) return source
      // A folder, or what is not there, is said first.
      await read(path)
      const language = languageOf(path)?.name
      throw new InvalidInputError({
        message: `Exact refactorings of ${language ?? "such files"} are not known here: ${path}.`,
        hint: "They are for JavaScript, TypeScript and Python. `duck refactor` with an instruction asks a model.",
      })
    },
  }
}
