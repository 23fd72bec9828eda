import type { CodeIndex } from "../../code/code-index.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../context.ts"
import { chunked } from "./chunked.ts"
import { fileItem } from "./file-item.ts"
import { truncatedForm } from "./forms.ts"

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
        const score = Math.max(0.6, 0.95 - i * 0.05)
        const item = await fileItem(path, index, { source: "files", score, why: "named by the task", task })
        if (item) items.push(...(await chunked(item, chunking, index)))
      }
      return items
    },
  }
}
