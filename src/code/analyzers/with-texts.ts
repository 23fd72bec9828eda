import type { CodeIndex, LineRange } from "../code-index.ts"

/** Texts that stand in the place of files as they are on disk, by path; null where there is to be no file. */
export type Texts = ReadonlyMap<string, string | null>

/** An index whose files have other texts: what is staged, what a patch makes of them. Names and imports stay those on disk. */
export function withTexts(index: CodeIndex, texts: Texts): CodeIndex {
  if (texts.size === 0) return index
  const files = () => {
    const known = new Set(index.files())
    for (const [path, text] of texts) {
      if (text === null) known.delete(path)
      else known.add(path)
    }
    return [...known].sort()
  }
  return {
    ...index,
    files(prefix = "") {
      const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`
      return files().filter((path) => path === prefix || path.startsWith(folder))
    },
    async text(path, lines) {
      const text = texts.get(path)
      if (text === undefined) return index.text(path, lines)
      return text === null ? undefined : lines ? linesIn(text, lines) : text
    },
  }
}

const linesIn = (text: string, { startLine, endLine }: LineRange): string =>
  text
    .split(/\r\n|\r|\n/)
    .slice(startLine - 1, endLine)
    .join("\n")
