import { astGrep } from "../../code/ast-grep.ts"
import { type Finding, findingOf } from "../../code/finding.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { lineAt, placeOf } from "../../code/refactorings/refactoring.ts"
import { grammarOf } from "../../code/refactorings/sources.ts"
import { syntaxErrors, syntaxTree } from "../../code/refactorings/syntax-tree.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { Change } from "../proposal/proposal.ts"

/** Where a change leaves a file that can't be parsed, and it could before. */
export async function* syntaxKept(
  changes: readonly Change[],
  { workspace }: { readonly workspace: Pick<Workspace, "read"> },
): AsyncIterable<Finding> {
  const grammars = await astGrep()
  for (const change of changes) {
    if (change.kind === "delete" || change.after === null) continue
    const path = change.kind === "move" ? change.to : change.path
    const language = grammarOf(path)?.language ?? languageOf(path)?.id
    if (language === undefined || !grammars.knows(language)) continue
    const errorsIn = (text: string) => syntaxErrors(syntaxTree(grammars, language, text))
    const errors = errorsIn(change.after)
    if (errors.length === 0) continue
    const before = change.kind === "create" ? 0 : errorsIn((await workspace.read(change.path)).text).length
    const [first] = errors
    if (errors.length <= before || !first) continue
    const { line, column } = placeOf(change.after, first.start)
    yield findingOf({
      rule: "refactor/syntax",
      severity: "error",
      message: `The change leaves ${path} with a syntax error in line ${line}.`,
      path,
      startLine: line,
      startColumn: column,
      evidence: lineAt(change.after, first.start),
    })
  }
}
