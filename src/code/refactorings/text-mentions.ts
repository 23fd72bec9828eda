import type { RefactoringTools } from "./refactoring.ts"
import { put, type RenamePlan, wordOf } from "./rename-across.ts"
import { grammarOf, type Sources } from "./sources.ts"
import { nodesIn } from "./syntax-tree.ts"

/** Most files in which a name is looked for. */
const mostFiles = 200

/** Adds the name's mentions in comments and strings: of one file, or of all that the index finds the word in. */
export async function textMentions(
  plan: RenamePlan,
  { comments = false, strings = false }: { readonly comments?: boolean; readonly strings?: boolean },
  only: string | undefined,
  { index, signal, sources }: RefactoringTools & { readonly sources: Sources },
): Promise<void> {
  const { hits } = only
    ? { hits: [{ path: only }] }
    : await index.search({ text: plan.from, mode: "text", caseSensitive: true, limit: mostFiles, unit: "file" }, signal)
  const word = new RegExp(wordOf(plan.from).source, "gu")
  for (const path of new Set(hits.map((hit) => hit.path))) {
    if (!grammarOf(path)) continue
    const source = await sources.tryOpen(path)
    if (!source) continue
    for (const node of nodesIn(source.root)) {
      const isWanted =
        (comments && node.kind === "comment") || (strings && /^string_(?:fragment|content)$/.test(node.kind))
      if (!isWanted) continue
      for (const { index: at } of node.text.matchAll(word)) {
        const start = node.start + at
        put(plan, path, [{ start, end: start + plan.from.length, text: plan.to }])
      }
    }
  }
}
