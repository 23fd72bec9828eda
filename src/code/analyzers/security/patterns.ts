/** Names as rules write them, made to be looked up quickly by their last part. */
export interface NameIndex<Item> {
  /** Whose pattern fits the dotted name. */
  find(path: string): readonly Item[]
}

export function nameIndex<Item>(items: readonly (readonly [pattern: string, item: Item])[]): NameIndex<Item> {
  const byLast = new Map<string, { readonly pattern: RegExp; readonly item: Item }[]>()
  for (const [text, item] of items) {
    const pattern = patternOf(text)
    for (const last of lastParts(text)) {
      const list = byLast.get(last) ?? []
      byLast.set(last, list)
      list.push({ pattern, item })
    }
  }
  const none: readonly Item[] = []
  const any = byLast.get("*") ?? []
  return {
    find(path) {
      const last = path.slice(Math.max(path.lastIndexOf("."), path.lastIndexOf(" ")) + 1)
      const near = byLast.get(last)
      if (!near && any.length === 0) return none
      return [...(near ?? []), ...any].filter(({ pattern }) => pattern.test(path)).map(({ item }) => item)
    },
  }
}

/** `a.{b,c}` as a pattern of dotted names, of which the end must fit. */
export function patternOf(text: string): RegExp {
  const isWhole = text.startsWith("^")
  const isNew = /^\^?new /.test(text)
  const body = text
    .replace(/^\^?(new )?/, "")
    .replace(/[.$?]/g, "\\$&")
    .replace(/\*/g, "[^.]+")
    .replace(/\{([^}]*)\}/g, (_, list: string) => `(?:${list.split(",").join("|")})`)
  return new RegExp(`^${isNew ? "new " : ""}${isWhole ? "" : "(?:.*\\.)?"}${body}$`)
}

function lastParts(text: string): readonly string[] {
  const last = text.replace(/^\^?(new )?/, "").replace(/^.*\.(?![^{]*\})/, "")
  const list = /^\{(.*)\}$/.exec(last)?.[1]?.split(",") ?? [last]
  return list.map((one) => (one.includes("*") || one.includes("{") ? "*" : one))
}
