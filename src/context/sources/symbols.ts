import type { CodeIndex, Definition } from "../../code/code-index.ts"
import type { ContextItem, ContextNeed, ContextSource } from "../context.ts"
import { signatureOf, truncatedForm } from "./forms.ts"

/** Of each kind of neighbour of a name, so many are looked at. */
const mostNeighbours = 8

/** Definitions of the names that the task is about, of what they use, and the places that use them. */
export function symbolsSource(index: CodeIndex): ContextSource {
  return {
    name: "symbols",
    async gather({ symbols, focus }: ContextNeed, signal) {
      const items: ContextItem[] = []
      const targets = [...symbols, ...(focus ? [`${focus.path}:${focus.startLine}`] : [])]
      for (const [i, target] of targets.entries()) {
        signal.throwIfAborted()
        const { items: found } = await index.definitions(target)
        // A name that many things have is hardly what is meant by it.
        for (const definition of found.slice(0, 3)) {
          items.push(...(await around(definition, index, Math.max(0.5, 0.9 - i * 0.1))))
        }
      }
      return items
    },
  }
}

async function around(definition: Definition, index: CodeIndex, score: number): Promise<ContextItem[]> {
  const target = `${definition.path}:${definition.nameLine}`
  const name = [...definition.within, definition.name].join(".")
  const [callees, callers] = await Promise.all([index.callees(target), index.callers(target)])
  const items = [await definitionItem(definition, index, score, "named by the task")]
  const used = new Map<string, Definition>()
  for (const { to } of callees.items) if (to && !used.has(to.path + to.nameLine)) used.set(to.path + to.nameLine, to)
  for (const to of [...used.values()].slice(0, mostNeighbours)) {
    items.push(await definitionItem(to, index, score * 0.6, `used by ${name}`))
  }
  for (const { path, line, text, confidence } of callers.items.slice(0, mostNeighbours)) {
    const [startLine, endLine] = [Math.max(1, line - 3), line + 3]
    const lines = await index.text(path, { startLine, endLine })
    if (lines === undefined) continue
    items.push({
      id: `${path}:${line}`,
      source: "symbols",
      title: `${path}:${startLine}-${endLine}`,
      place: { path, startLine, endLine },
      text: lines,
      score: score * 0.5 * confidence,
      why: `uses ${name}`,
      shorter: [{ form: "excerpt", text: () => text }],
    })
  }
  return items.filter((item) => item !== undefined)
}

async function definitionItem(
  definition: Definition,
  index: CodeIndex,
  score: number,
  why: string,
): Promise<ContextItem | undefined> {
  const { path, startLine, endLine } = definition
  const text = await index.text(path, { startLine, endLine })
  if (text === undefined) return undefined
  return {
    id: `${path}:${startLine}-${endLine}`,
    source: "symbols",
    title: `${path}:${startLine}-${endLine}`,
    place: { path, startLine, endLine },
    text,
    score,
    why,
    shorter: [truncatedForm(text), { form: "signatures", text: () => signatureOf(definition) }],
  }
}
