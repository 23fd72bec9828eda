import type { Chunk } from "../types.ts"

/** Definitions that are often one line among many of their like; what has a body of its own is none. */
const smallKinds: ReadonlySet<Chunk["kind"]> = new Set(["constant", "variable", "property", "macro", "type", "enum"])
const maxLines = 3
const maxTokens = 40
const maxGroupTokens = 160
const maxNames = 16

/**
 * Joins neighbouring one-line definitions (a block of constants, the fields of a type) into one chunk: read alone they
 * say little, and a header of a thousand macros is not a thousand documents. Their names stay findable: the group has
 * them all.
 */
export function groupSmall(chunks: readonly Chunk[]): readonly Chunk[] {
  const grouped: Chunk[] = []
  let group: Chunk[] = []
  let tokens = 0
  const end = () => {
    const [first] = group
    if (first && group.length === 1) grouped.push(first)
    else if (first) grouped.push(joined(first, group, tokens))
    group = []
    tokens = 0
  }
  for (const chunk of chunks) {
    const isSmall =
      smallKinds.has(chunk.kind) && chunk.tokens <= maxTokens && chunk.endLine - chunk.startLine < maxLines
    const previous = group.at(-1)
    const fits = previous !== undefined && tokens + chunk.tokens <= maxGroupTokens && isSamePath(previous, chunk)
    if (!isSmall || !fits) end()
    if (isSmall) {
      group.push(chunk)
      tokens += chunk.tokens
    } else grouped.push(chunk)
  }
  end()
  return grouped
}

function joined(first: Chunk, group: readonly Chunk[], tokens: number): Chunk {
  const names = group.map(({ name }) => name).filter((name) => name !== "")
  const shown = names.length > maxNames ? [...names.slice(0, maxNames), "…"] : names
  return {
    kind: first.kind,
    name: shown.join(", "),
    path: first.path,
    startLine: first.startLine,
    endLine: group.at(-1)?.endLine ?? first.endLine,
    signature: first.signature,
    doc: group
      .map(({ doc }) => doc)
      .join(" ")
      .trim()
      .slice(0, 500),
    tokens,
    symbol: first.symbol,
  }
}

const isSamePath = (a: Chunk, b: Chunk): boolean =>
  a.path.length === b.path.length && a.path.every((name, at) => name === b.path[at])
