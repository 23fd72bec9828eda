/**
 * Puts new lines where old ones were found with another indentation. `old` and `found` are the same lines as they were
 * given and as the file has them: the indentations met there are exchanged, others keep what they have beyond the
 * longest one known.
 */
export function reindenter(old: readonly string[], found: readonly string[]): (text: string) => string {
  const known = new Map<string, string>()
  old.forEach((text, i) => {
    if (text.trim() !== "") known.set(indentOf(text), indentOf(found[i] ?? ""))
  })
  const longestFirst = [...known].sort(([a], [b]) => b.length - a.length)
  return (text) => {
    const indent = indentOf(text)
    if (text.trim() === "") return text
    const like = longestFirst.find(([from]) => indent.startsWith(from))
    return like ? like[1] + indent.slice(like[0].length) + text.slice(indent.length) : text
  }
}

const indentOf = (text: string): string => /^[ \t]*/.exec(text)?.[0] ?? ""
