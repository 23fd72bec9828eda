import type { CodeIndex } from "../../code/code-index.ts"
import type { Git } from "../../workspace/git.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../context.ts"
import { fileItem } from "./file-item.ts"
import { truncatedForm } from "./forms.ts"

const mostBytes = 200_000
/** New files beyond this many are hardly what somebody is at: something was generated or unpacked. */
const mostNew = 10

/**
 * What was changed since the last commit, new files included: in the files of the task, and, with less weight, elsewhere.
 */
export function changesSource(git: Git | null, index: Pick<CodeIndex, "text" | "outline">): ContextSource {
  return {
    name: "changes",
    async gather({ task, paths, focus }: ContextNeed, signal) {
      if (!git) return []
      const status = await git.status({ signal })
      if (status.head === null || status.files.length === 0) return []
      const near = new Set([...paths, ...(focus ? [focus.path] : [])])
      const about = (path: string, why: string) => ({
        source: "changes",
        score: near.has(path) ? 0.6 : 0.25,
        why: near.has(path) ? `${why}, in a file of the task` : why,
      })
      const { files, patch } = await git.diff({ maxBytes: mostBytes, signal })
      const all = files.map(({ path }) => path)
      const differences = patch.split(/^(?=diff --git )/m).flatMap((text): ContextItem[] => {
        const path = pathOf(text, all)
        if (path === undefined) return []
        const title = `changes of ${path} since the last commit`
        const shorter = [truncatedForm(text)]
        return [{ ...about(path, "not committed yet"), id: `changes:${path}`, title, text, shorter }]
      })
      const made = status.files.flatMap((file) => (file.status === "?" ? [file.path] : [])).slice(0, mostNew)
      const added = await Promise.all(
        made.map((path) => fileItem(path, index, { ...about(path, "new, not committed yet"), task })),
      )
      return [...differences, ...added.filter((item) => item !== undefined)]
    },
  }
}

/** Which of the changed files a part of a patch is about. Git quotes names that hold quotes or control characters. */
function pathOf(part: string, paths: readonly string[]): string | undefined {
  const [head = ""] = part.split("\n", 1)
  if (!head.startsWith("diff --git ")) return undefined
  const isIt = (path: string) => head.endsWith(` b/${path}`) || head.endsWith(` "b/${JSON.stringify(path).slice(1)}`)
  return paths.filter(isIt).sort((a, b) => b.length - a.length)[0]
}
