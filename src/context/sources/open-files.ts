import type { CodeIndex } from "../../code/code-index.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../context.ts"
import { fileItem } from "./file-item.ts"

/** More tabs than this say nothing about what somebody is at. */
const mostOpen = 12
/** The file in front is good evidence, and yet not what the task names. */
const inFront = 0.55
const least = 0.2

/** The files that whoever asks has open, the one in front first; where room is short, the lines around the cursor. */
export function openFilesSource(index: Pick<CodeIndex, "text" | "outline">): ContextSource {
  return {
    name: "open",
    async gather({ open = [], task }: ContextNeed, signal) {
      const items: ContextItem[] = []
      for (const [rank, { path, line }] of open.slice(0, mostOpen).entries()) {
        signal.throwIfAborted()
        const score = Math.max(least, inFront - rank * 0.05)
        const why = line === undefined ? "open in the editor" : `open in the editor at line ${line}`
        const item = await fileItem(path, index, { source: "open", score, why, task, line })
        if (item) items.push(item)
      }
      return items
    },
  }
}
