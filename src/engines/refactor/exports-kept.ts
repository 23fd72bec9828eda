import { astGrep } from "../../code/ast-grep.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import { type Finding, findingOf } from "../../code/finding.ts"
import { scriptExports, scriptMentions } from "../../code/refactorings/module-names.ts"
import { lineAt, placeOf } from "../../code/refactorings/refactoring.ts"
import { mentionsIn } from "../../code/refactorings/rename-across.ts"
import { type Source, sourceOf } from "../../code/refactorings/sources.ts"
import type { SyntaxNode } from "../../code/refactorings/syntax-tree.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { Change } from "../proposal/proposal.ts"

/** Where a name that a file no longer has is still taken from it, or a file that is gone is still imported. */
export async function* exportsKept(
  changes: readonly Change[],
  { workspace, index }: { readonly workspace: Pick<Workspace, "read">; readonly index: CodeIndex },
): AsyncIterable<Finding> {
  const grammars = await astGrep()
  const after = new Map(
    changes.map((change) => [change.path, change.kind === "delete" || change.kind === "move" ? null : change.after]),
  )
  const read = async (path: string): Promise<Source | undefined> => {
    const changed = after.get(path)
    if (changed === null) return undefined
    return sourceOf(grammars, path, changed ?? (await workspace.read(path)).text)
  }
  const known = new Map<string, Promise<Source | undefined>>()
  const now = (path: string) => known.getOrInsertComputed(path, read)
  for (const change of changes) {
    if (change.kind === "create") continue
    const before = sourceOf(grammars, change.path, (await workspace.read(change.path)).text)
    if (!before) continue
    const isGone = change.kind === "delete" || change.kind === "move"
    const left = isGone ? undefined : await now(change.path)
    const names = namesOf(before)
    const kept = left ? namesOf(left) : new Set<string>()
    const lost = new Set([...names].filter((name) => !kept.has(name)))
    if (lost.size === 0 && !isGone) continue
    const edges = (await index.importersOf(change.path)).items
    for (const path of new Set(edges.map((edge) => edge.path))) {
      const importer = await now(path)
      for (const { module, node, names: taken } of importer ? mentionsIn(importer) : []) {
        if (!edges.some((edge) => edge.path === path && edge.module === module)) continue
        const missing = taken.find(({ name }) => lost.has(name))?.name
        if (!importer || (missing === undefined && !isGone)) continue
        const message = isGone
          ? `${change.path} is gone, and is still imported here.`
          : `${change.path} no longer has ${missing}, which is still taken from it here.`
        const { line, column } = placeOf(importer.text, node.start)
        const evidence = lineAt(importer.text, node.start)
        yield findingOf({
          ...{ rule: "refactor/lost-name", severity: "error", message, path, evidence },
          ...{ startLine: line, startColumn: column },
        })
      }
    }
  }
}

/** What a statement of CommonJS exports: `exports.a = 1`, `module.exports = { a, b: 1 }`. */
function assignedExports(statement: SyntaxNode): string[] {
  const names: string[] = []
  let value = statement.kind === "expression_statement" ? statement.named[0] : undefined
  let isWhole = false
  while (value?.kind === "assignment_expression") {
    const left = value.field("left")?.text ?? ""
    const name = /^(?:module\.)?exports\.([\p{ID_Continue}$]+)$/u.exec(left)?.[1]
    if (name) names.push(name)
    isWhole ||= left === "module.exports"
    value = value.field("right")
  }
  if (!isWhole || value?.kind !== "object") return names
  const keys = value.named.map((entry) =>
    entry.kind === "shorthand_property_identifier" ? entry.text : (entry.field("key") ?? entry.field("name"))?.text,
  )
  return [...names, ...keys.filter((key) => key !== undefined)]
}

/** What others can take from a file by name. */
function namesOf(source: Source): ReadonlySet<string> {
  if (source.family === "python") return new Set(source.scopes.file.bindings.keys())
  const assigned = source.root.named.flatMap(assignedExports)
  const handedOn = scriptMentions(source).flatMap(({ names }) => names.map(({ handedOnAs }) => handedOnAs ?? ""))
  return new Set([...scriptExports(source).map(({ name }) => name), ...handedOn, ...assigned])
}
