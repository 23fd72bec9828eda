import { estimateTokens } from "../../base/tokens.ts"
import type { CodeIndex, Definition } from "../../code/code-index.ts"
import { isKeyword } from "../../code/tokens.ts"
import type { OpenFile } from "../../context/context.ts"
import type { Cursor } from "./cursor.ts"
import type { Lexicon } from "./lexicon.ts"
import { membersAt } from "./members.ts"
import { namesAround } from "./scope.ts"

export interface NeighbourhoodOptions {
  readonly index: Pick<CodeIndex, "importsOf" | "outline">
  readonly lexicon: Lexicon | undefined
  readonly budgetTokens: number
  /** Files that are open beside this one, the one in front first. */
  readonly open: readonly OpenFile[]
}

/** Something of another file that whoever goes on here may need. */
export interface Neighbour {
  readonly path: string
  readonly line: number
  readonly signature: string
}

const mostNames = 40
/** Of one open file. */
const mostOfOpen = 12

/**
 * Signatures of what is used or imported around the cursor, the nearest first, then of what open files define, within the
 * budget: what a model can't know from the file alone.
 */
export async function neighbourhood(
  cursor: Cursor,
  { index, lexicon, budgetTokens, open }: NeighbourhoodOptions,
): Promise<readonly Neighbour[]> {
  if (!lexicon) return []
  const imported = new Set((await index.importsOf(cursor.path)).items.flatMap(({ to }) => to))
  const opened = new Set(open.map(({ path }) => path))
  const near = [...namesAround(cursor).names]
    .filter(([name]) => !isKeyword(name))
    .sort((a, b) => b[1].weight - a[1].weight)
    .slice(0, mostNames)
  const wanted: Definition[] = [...membersAt(cursor, lexicon)]
  for (const [name] of near) {
    const known = lexicon.definitionsOf(name).filter(({ path }) => path !== cursor.path)
    // A name that several files define is the one that is imported, or open, or none that could be told.
    const one =
      known.find(({ path }) => imported.has(path)) ??
      known.find(({ path }) => opened.has(path)) ??
      (known.length === 1 ? known[0] : undefined)
    if (one) wanted.push(one)
    if (one?.kind === "class" || one?.kind === "interface") wanted.push(...lexicon.membersOf(one.name).slice(0, 12))
  }
  for (const file of open) wanted.push(...(await definedIn(file, index)))
  const taken = new Map<string, Neighbour>()
  let tokens = 0
  for (const { path, nameLine, signature } of wanted) {
    const key = `${path}:${nameLine}`
    if (path === cursor.path || signature === "" || taken.has(key)) continue
    tokens += estimateTokens(signature) + 4
    if (tokens > budgetTokens) break
    taken.set(key, { path, line: nameLine, signature })
  }
  return [...taken.values()]
}

/** The outermost definitions of an open file, those near its cursor first; none of a file that the index does not have. */
async function definedIn({ path, line = 1 }: OpenFile, index: Pick<CodeIndex, "outline">): Promise<Definition[]> {
  const { items } = await index.outline(path)
  return items
    .filter(({ within }) => within.length === 0)
    .sort((a, b) => Math.abs(a.nameLine - line) - Math.abs(b.nameLine - line))
    .slice(0, mostOfOpen)
}
