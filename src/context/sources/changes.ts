import type { Git } from "../../workspace/git.ts"
import { liesIn } from "../../workspace/lies-in.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../context.ts"
import { truncatedForm } from "./forms.ts"

const mostBytes = 200_000

/** What was changed since the last commit: in the files of the task, and, with less weight, elsewhere. */
export function changesSource(git: Git | null): ContextSource {
  return {
    name: "changes",
    async gather({ paths, focus, under }: ContextNeed, signal) {
      if (!git || (await git.head()) === null) return []
      const near = new Set([...paths, ...(focus ? [focus.path] : [])])
      const { patch } = await git.diff({ maxBytes: mostBytes, signal })
      const items: ContextItem[] = []
      for (const text of patch.split(/^(?=diff --git )/m)) {
        const path = /^diff --git a\/.* b\/(.*)$/m.exec(text)?.[1] ?? ""
        if (text === "" || (under && !liesIn(path, under))) continue
        items.push({
          id: `changes:${path}`,
          source: "changes",
          title: `changes of ${path} since the last commit`,
          text,
          score: near.has(path) ? 0.6 : 0.25,
          why: near.has(path) ? "not committed yet, in a file of the task" : "not committed yet",
          shorter: [truncatedForm(text)],
        })
      }
      return items
    },
  }
}
