import { inEachFile } from "../../code/refactorings/each-file.ts"
import { inline } from "../../code/refactorings/inline.ts"
import { moveFile } from "../../code/refactorings/move-file.ts"
import { organiseImports } from "../../code/refactorings/organise-imports.ts"
import type { Refactoring, RefactoringTools } from "../../code/refactorings/refactoring.ts"
import { removeUnused } from "../../code/refactorings/remove-unused.ts"
import { rename } from "../../code/refactorings/rename.ts"

/**
 * An instruction that is an exact refactoring in other words ("rename a to b", "organise the imports of x.ts"); undefined for
 * all others, which need a model. Where no file is named, but folders are, it is of every file in these.
 */
export function exactOf(
  instruction: string,
  paths: readonly string[],
  folders: readonly string[] = [],
): ((tools: RefactoringTools) => Promise<Refactoring>) | undefined {
  const text = instruction.trim().replace(/[.!]$/, "").replaceAll("`", "")
  const [path] = paths
  const renamed = /^rename\s+(\S+)\s+(?:in)?to\s+(\S+)$/i.exec(text)
  if (renamed) return (tools) => rename(renamed[1] ?? "", renamed[2] ?? "", {}, tools)
  const moved = /^move\s+(\S+[./]\S+)\s+(?:in)?to\s+(\S+)$/i.exec(text)
  if (moved) return (tools) => moveFile(moved[1] ?? "", moved[2] ?? "", tools)
  const inlined = /^inline\s+(\S+)$/i.exec(text)
  if (inlined) return (tools) => inline(inlined[1] ?? "", tools)
  const of = /\s(?:of|in|from)\s+(\S+)$/i.exec(text)?.[1] ?? (paths.length === 1 ? path : undefined)
  const each = (what: string, one: (path: string, tools: RefactoringTools) => Promise<Refactoring>) => {
    if (of !== undefined) return (tools: RefactoringTools) => one(of, tools)
    if (folders.length === 0) return undefined
    return (tools: RefactoringTools) => inEachFile({ what, of: folders.join(", "), folders, one }, tools)
  }
  if (/^(?:organi[sz]e|sort|tidy)\s+(?:the\s+)?imports/i.test(text))
    return each("Organise the imports of", organiseImports)
  if (/^remove\s+(?:(?:what\s+is|the|all)\s+)?unused/i.test(text)) return each("Remove what is unused in", removeUnused)
  return undefined
}
