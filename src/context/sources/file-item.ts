import type { CodeIndex } from "../../code/code-index.ts"
import type { ContextItem } from "../context.ts"
import { excerptOf, linesNear } from "./excerpt.ts"
import { mostFileLines, outlineForms, truncatedForm } from "./forms.ts"

/** Lines before and behind the cursor that say what somebody is at. */
const aroundCursor = 40

/**
 * A file of the index as an item, whole and in every shorter form; undefined where the index has no such file. Its excerpt
 * is what stands around `line`, or without one the lines that the task is about.
 */
export async function fileItem(
  path: string,
  index: Pick<CodeIndex, "text" | "outline">,
  {
    task,
    line,
    ...about
  }: Pick<ContextItem, "source" | "score" | "why"> & { readonly task: string; readonly line?: number | undefined },
): Promise<ContextItem | undefined> {
  const text = await index.text(path)
  if (text === undefined) return undefined
  const lines = text.split("\n")
  const shown = lines.length > mostFileLines ? lines.slice(0, mostFileLines).join("\n") : text
  return {
    ...about,
    id: path,
    title: path,
    place: { path, startLine: 1, endLine: Math.min(lines.length, mostFileLines) },
    text: shown,
    shorter: [
      {
        form: "excerpt",
        text: () => (line === undefined ? excerptOf(shown, task) : linesNear(text, line, aroundCursor)),
      },
      ...outlineForms(path, index),
      truncatedForm(text),
    ],
  }
}
