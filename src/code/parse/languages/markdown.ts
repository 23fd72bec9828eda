import type { Import, Reference } from "../../types.ts"
import type { ChunkSymbol } from "../chunks.ts"
import type { Language, PlainParse } from "../language.ts"

/**
 * Markdown has a parser of its own: no package ships a current WebAssembly grammar for it, and all that is wanted of it
 * is its sections (ATX and setext headings outside code, after CommonMark 0.31), the files it links to and the names it
 * puts in code spans.
 */
export const markdown: Language = {
  id: "markdown",
  name: "Markdown",
  extensions: [".md", ".markdown", ".mdx", ".mdown", ".mkd"],
  rules: {},
  read: readMarkdown,
}

interface Heading {
  readonly level: number
  readonly name: string
  readonly line: number
  readonly column: number
}

const fence = /^ {0,3}(`{3,}|~{3,})(.*)$/
const atx = /^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$/
const setext = /^ {0,3}(=+|-+)[ \t]*$/
const maxNameLength = 200

function readMarkdown(text: string, starts: readonly number[], lineCount: number): PlainParse {
  const lineAt = (line: number) =>
    (text.slice(starts[line - 1], starts[line] ?? text.length) ?? "").replace(/[\r\n]+$/, "")
  const headings: Heading[] = []
  const imports: Import[] = []
  const references: Reference[] = []
  let openFence = ""
  let paragraph = ""
  for (let line = afterFrontMatter(lineAt, lineCount); line <= lineCount; line++) {
    const source = lineAt(line)
    const fenced = fence.exec(source)
    if (openFence !== "") {
      const closes = fenced?.[1]?.startsWith(openFence) === true && fenced[2]?.trim() === ""
      if (closes) openFence = ""
      continue
    }
    if (fenced && !(fenced[1]?.startsWith("`") && fenced[2]?.includes("`"))) {
      openFence = fenced[1] ?? ""
      paragraph = ""
      continue
    }
    // Four spaces begin code, unless they continue a paragraph.
    if (/^(?: {4}|\t)/.test(source) && paragraph === "") continue
    const heading = atx.exec(source)
    const underline = paragraph === "" ? null : setext.exec(source)
    if (heading) {
      const name = plainText(heading[2] ?? "")
      headings.push({ level: heading[1]?.length ?? 1, name, line, column: source.search(/[^ #\t]|$/) + 1 })
      paragraph = ""
    } else if (underline) {
      headings.push({
        level: underline[1]?.startsWith("=") ? 1 : 2,
        name: plainText(paragraph),
        line: line - 1,
        column: 1,
      })
      paragraph = ""
    } else paragraph = /^\s*(?:$|[>|]|[-*+][ \t]|\d+[.)][ \t])/.test(source) ? "" : source.trim()
    collect(source, line, headings.length - 1, imports, references)
  }
  return { symbols: sections(headings, lineCount, lineAt), references, imports }
}

/** The first line after a YAML or TOML front matter; 1 where there is none. */
function afterFrontMatter(lineAt: (line: number) => string, lineCount: number): number {
  const mark = lineAt(1)
  if (mark !== "---" && mark !== "+++") return 1
  for (let line = 2; line <= lineCount; line++) if (lineAt(line).trimEnd() === mark) return line + 1
  return 1
}

function sections(headings: readonly Heading[], lineCount: number, lineAt: (line: number) => string): ChunkSymbol[] {
  const open: Heading[] = []
  return headings.map((heading, at) => {
    while ((open[open.length - 1]?.level ?? 0) >= heading.level) open.pop()
    const path = open.map((above) => above.name)
    open.push(heading)
    const next = headings.slice(at + 1).find((after) => after.level <= heading.level)
    return {
      name: heading.name,
      kind: "section",
      path,
      startLine: heading.line,
      endLine: (next?.line ?? lineCount + 1) - 1,
      nameLine: heading.line,
      nameColumn: heading.column,
      signature: lineAt(heading.line).trim().slice(0, 300),
      doc: "",
      isExported: true,
      leadLine: heading.line,
    }
  })
}

/** A heading without its inline marks. */
function plainText(markup: string): string {
  return markup
    .replace(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])/g, "$1")
    .replace(/<[^>]*>/g, "")
    .replace(/[`*]|(?<!\w)_+|_+(?!\w)/g, "")
    .trim()
    .slice(0, maxNameLength)
}

const link = /\]\(<?([^()\s>]+)>?(?:\s+["'(][^)]*)?\)|^ {0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)/g
const code = /`([A-Za-z_$][\w$]*(?:(?:\.|::|#)[A-Za-z_$][\w$]*)*)(?:\(\))?`/g

function collect(source: string, line: number, within: number, imports: Import[], references: Reference[]): void {
  for (const match of source.matchAll(link)) {
    const target = (match[1] ?? match[2] ?? "").replace(/[#?].*$/, "")
    // Only what may be a file here.
    if (target !== "" && !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target))
      imports.push({ module: target, names: [], line })
  }
  for (const match of source.matchAll(code)) {
    const path = match[1] ?? ""
    const name = /[\w$]*$/.exec(path)?.[0] ?? path
    const qualifier = path.slice(0, path.length - name.length).replace(/[.:#]+$/, "")
    const column = (match.index ?? 0) + 2 + path.length - name.length
    references.push({ name, kind: "use", line, column, qualifier, within })
  }
}
