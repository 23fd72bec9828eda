import type { ContextItem } from "../context.ts"

export interface Deduped {
  readonly kept: readonly ContextItem[]
  /** Those that say nothing that a kept one does not say. */
  readonly same: readonly { readonly item: ContextItem; readonly as: ContextItem }[]
}

/**
 * Leaves out what stands in another item as well: the same id, the same text, or lines of a file that lie within another's
 * lines. The more important one stays, and of two equal ones the larger.
 */
export function dedupe(items: readonly ContextItem[]): Deduped {
  const kept: ContextItem[] = []
  const same: { item: ContextItem; as: ContextItem }[] = []
  const byId = new Map<string, ContextItem>()
  const byText = new Map<string, ContextItem>()
  const byPath = new Map<string, ContextItem[]>()
  for (const item of [...items].sort(importantFirst)) {
    const text = item.text.trim()
    const as =
      byId.get(item.id) ?? byText.get(text) ?? byPath.get(item.place?.path ?? "")?.find((one) => covers(one, item))
    if (as) {
      same.push({ item, as })
      continue
    }
    kept.push(item)
    byId.set(item.id, item)
    if (text !== "") byText.set(text, item)
    if (item.place) byPath.set(item.place.path, [...(byPath.get(item.place.path) ?? []), item])
  }
  return { kept, same }
}

/** Pinned before others, then by score, then the larger, and then in an order that is always the same. */
export function importantFirst(a: ContextItem, b: ContextItem): number {
  return (
    Number(b.isPinned ?? false) - Number(a.isPinned ?? false) ||
    b.score - a.score ||
    b.text.length - a.text.length ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  )
}

function covers({ place: outer }: ContextItem, { place: inner }: ContextItem): boolean {
  return !!outer && !!inner && outer.startLine <= inner.startLine && outer.endLine >= inner.endLine
}
