import type { CodeIndex } from "../../code/code-index.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../context.ts"
import { chunked } from "./chunked.ts"
import { excerptOf } from "./excerpt.ts"
import { mostFileLines, outlineForms, truncatedForm } from "./forms.ts"

/**
 * The files and lines that the task names. The lines in focus go in whatever else stays out; a file that they lie in is
 * there in as much as there is room for.
 */
export function filesSource(index: CodeIndex): ContextSource {
  return {
    name: "files",
    async gather({ task, paths, focus, chunking }: ContextNeed) {
      const items: ContextItem[] = []
      if (focus) {
        const text = await index.text(focus.path, focus)
        if (text !== undefined) {
          items.push({
            id: `${focus.path}:${focus.startLine}-${focus.endLine}`,
            source: "files",
            title: `${focus.path}:${focus.startLine}-${focus.endLine}`,
            place: focus,
            text,
            score: 1,
            why: "what the task is about",
            isPinned: true,
            shorter: [truncatedForm(text)],
          })
        }
      }
      for (const [i, path] of paths.entries()) {
        const item = await fileItem(path, index, { rank: i, task })
        if (item) items.push(...(await chunked(item, chunking, index)))
      }
      return items
    },
  }
}

async function fileItem(
  path: string,
  index: CodeIndex,
  { rank, task }: { readonly rank: number; readonly task: string },
): Promise<ContextItem | undefined> {
  const text = await index.text(path)
  if (text === undefined) return undefined
  const lines = text.split("\n").length
  const shown = lines > mostFileLines ? text.split("\n").slice(0, mostFileLines).join("\n") : text
  return {
    id: path,
    source: "files",
    title: path,
    place: { path, startLine: 1, endLine: Math.min(lines, mostFileLines) },
    text: shown,
    score: Math.max(0.6, 0.95 - rank * 0.05),
    why: "named by the task",
    shorter: [
      { form: "excerpt", text: () => excerptOf(shown, task) },
      ...outlineForms(path, index),
      truncatedForm(text),
    ],
  }
}
