import type { Import, Reference } from "../../types.ts"
import type { ChunkSymbol } from "../chunks.ts"
import type { Language, PlainParse } from "../language.ts"
import { type Heading, markdownBlocks } from "./markdown-blocks.ts"

/**
 * Markdown has a parser of its own: no package ships a current WebAssembly grammar for it, and all that is wanted of it
 * is its sections, the files it links to and the names it puts in code spans.
 */
export const markdown: Language = {
  id: "markdown",
  name: "Markdown",
  extensions: [".md", ".markdown", ".mdx", ".mdown", ".mkd"],
  rules: {},
  read: readMarkdown,
}

function readMarkdown(text: string, starts: readonly number[], lineCount: number): PlainParse {
  const lineAt = (line: number) => text.slice(starts[line - 1], starts[line] ?? text.length).replace(/[\r\n]+$/, "")
  const { headings, prose } = markdownBlocks(lineAt, lineCount)
  const imports: Import[] = []
  const references: Reference[] = []
  let within = -1
  for (const { line, source } of prose) {
    while ((headings[within + 1]?.line ?? Number.POSITIVE_INFINITY) <= line) within++
    collect(source, line, within, imports, references)
  }
  return { symbols: sections(headings, lineCount, lineAt), references, imports }
}

/** A section goes on to the next heading of its level or a higher one. */
function sections(headings: readonly Heading[], lineCount: number, lineAt: (line: number) => string): ChunkSymbol[] {
  const open: { readonly heading: Heading; readonly at: number }[] = []
  const endLines = headings.map(() => lineCount)
  const paths = headings.map((heading, at) => {
    while ((open[open.length - 1]?.heading.level ?? 0) >= heading.level) {
      const closed = open.pop()
      if (closed) endLines[closed.at] = heading.line - 1
    }
    const path = open.map((above) => above.heading.name)
    open.push({ heading, at })
    return path
  })
  return headings.map(({ name, line, column }, at) => ({
    name,
    kind: "section",
    path: paths[at] ?? [],
    startLine: line,
    endLine: Math.max(line, endLines[at] ?? lineCount),
    nameLine: line,
    nameColumn: column,
    signature: lineAt(line).trim().slice(0, 300),
    doc: "",
    isExported: true,
    leadLine: line,
  }))
}

// The lengths keep a line made of half links from taking more than a moment.
const link =
  /\]\(\s{0,9}(?:<([^<>]{1,500})>|([^()\s<>]{1,500}))(?:\s{1,9}["'(][^)]{0,300})?\)|^ {0,3}\[[^\]]{1,300}\]:\s{0,9}<?([^\s<>]{1,500})>?(?:\s|$)|\b(?:href|src)="([^"<>]{1,500})"|^import\s(?:[^"']{0,300}\sfrom\s{1,9})?["']([^"']{1,300})["']/g
const code = /`([A-Za-z_$][\w$]{0,99}(?:(?:\.|::|#)[A-Za-z_$][\w$]{0,99}){0,9})(?:\(\))?`/g

function collect(source: string, line: number, within: number, imports: Import[], references: Reference[]): void {
  for (const match of source.matchAll(link)) {
    const target = decoded((match.slice(1).find((group) => group !== undefined) ?? "").replace(/[#?].*$/, ""))
    // Only what may be a file here.
    if (target !== "" && !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target)) {
      imports.push({ module: target, names: [], line })
    }
  }
  for (const match of source.matchAll(code)) {
    const path = match[1] ?? ""
    const name = /[\w$]*$/.exec(path)?.[0] ?? path
    const qualifier = path.slice(0, path.length - name.length).replace(/[.:#]+$/, "")
    const column = match.index + 2 + path.length - name.length
    references.push({ name, kind: "use", line, column, qualifier, within })
  }
}

/** `my%20guide.md` as the file is called. */
function decoded(target: string): string {
  try {
    return decodeURIComponent(target)
  } catch {
    return target
  }
}
