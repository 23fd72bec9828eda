import { astGrep } from "../../code/ast-grep.ts"
import { type SyntaxNode, syntaxTree } from "../../code/refactorings/syntax-tree.ts"
import type { TestedLanguage } from "../../workspace/test-runners/framework.ts"

/** Whether two texts differ in comments and documentation alone. */
export async function isSameCode(language: TestedLanguage, before: string, after: string): Promise<boolean> {
  if (language === "elixir") return withoutElixirDocs(before) === withoutElixirDocs(after)
  const grammars = await astGrep()
  const name = language === "javascript" ? "tsx" : language
  if (!grammars.knows(name)) return before === after
  const codeOf = (text: string) => [...words(syntaxTree(grammars, name, text))].join("\n")
  return codeOf(before) === codeOf(after)
}

/** What the code is made of, without comments and docstrings. */
function* words(node: SyntaxNode): Generator<string> {
  if (/comment/.test(node.kind) || isDocstring(node)) return
  if (node.children.length === 0 || node.kind === "string") yield node.text
  else for (const child of node.children) yield* words(child)
}

const isDocstring = ({ kind, named, parent, start }: SyntaxNode): boolean =>
  kind === "expression_statement" &&
  named[0]?.kind === "string" &&
  (parent?.kind === "block" || parent?.kind === "module") &&
  parent.named.find((one) => !/comment/.test(one.kind))?.start === start

const withoutElixirDocs = (text: string) =>
  text
    .replace(/^\s*@(?:doc|moduledoc|typedoc)\s+(?:~[sS])?(?:"""[\s\S]*?"""|"(?:[^"\\]|\\.)*"|false)\s*$/gm, "")
    .replace(/^\s*#.*$/gm, "")
    .replace(/\s+/g, " ")
    .trim()
