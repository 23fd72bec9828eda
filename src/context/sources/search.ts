import type { CodeIndex, SearchHit } from "../../code/code-index.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../context.ts"

const mostHits = 24
/** The best hit is good evidence, and yet not what the task names. */
const bestScore = 0.7

/** What a search for the words of the task finds: code and documents. */
export function searchSource(index: CodeIndex): ContextSource {
  return {
    name: "search",
    async gather({ task, under }: ContextNeed, signal) {
      if (task.trim() === "") return []
      const path = under?.map((folder) => (folder === "" ? "**" : `${folder}/**`))
      const { hits } = await index.search(
        { text: task.slice(0, 2_000), limit: mostHits, ...(path && { filters: { path } }) },
        signal,
      )
      const best = hits[0]?.score ?? 1
      return hits.map((hit) => itemOf(hit, best))
    },
  }
}

function itemOf(hit: SearchHit, best: number): ContextItem {
  const { path, textLine, text, signature, name, why } = hit
  const endLine = textLine + text.replace(/\n$/, "").split("\n").length - 1
  return {
    id: `${path}:${textLine}-${endLine}`,
    source: "search",
    title: `${path}:${textLine}-${endLine}`,
    place: { path, startLine: textLine, endLine },
    text,
    score: bestScore * (hit.score / best),
    why: why[0]?.detail ?? `found by the words of the task${name === "" ? "" : ` in ${name}`}`,
    ...(signature === "" ? {} : { shorter: [{ form: "signatures", text: () => signature }] }),
  }
}
