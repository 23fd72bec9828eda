import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { commentRanges } from "../../src/code/index/comments.ts"
import { languageOf } from "../../src/code/parse/languages.ts"
import { parseFile } from "../../src/code/parse/parse-file.ts"
import type { SymbolDefinition } from "../../src/code/types.ts"
import { walk } from "../../src/workspace/walk.ts"
import { isSource } from "./commit-cases.ts"
import type { Case } from "./metrics.ts"
import type { Document } from "./peers.ts"

/** A function of the stripped tree; its `id` is `path:line` of its name. */
export interface FunctionDocument extends Document {
  readonly path: string
  readonly startLine: number
  readonly endLine: number
}

export interface DocCases {
  readonly cases: readonly Case[]
  /** All functions of the tree, with and without a doc comment: what is ranked. */
  readonly functions: readonly FunctionDocument[]
}

const functionKinds = new Set(["function", "method", "constructor", "macro"])
const maxFileBytes = 400_000

/**
 * Takes all comments out of the tree at `root` (in place: give it a copy) and asks for each documented function by its own
 * doc comment. Lines stay where they were. A case counts only where the stripped file no longer has the comment.
 */
export async function docCases(root: string, count: number): Promise<DocCases> {
  const functions: FunctionDocument[] = []
  const cases: Case[] = []
  for await (const file of walk(root)) {
    if (!isSource(file.path) || file.sizeBytes > maxFileBytes) continue
    const text = await readFile(join(root, file.path), "utf8")
    const stripped = withoutComments(text, languageOf(file.path)?.id ?? "")
    await writeFile(join(root, file.path), stripped)
    const [before, after] = [await parseFile(file.path, text), await parseFile(file.path, stripped)]
    const lines = stripped.split("\n")
    const documented = new Map(before.symbols.map((symbol) => [`${symbol.name}:${symbol.nameLine}`, symbol.doc]))
    for (const symbol of after.symbols) {
      if (!functionKinds.has(symbol.kind)) continue
      const id = `${file.path}:${symbol.nameLine}`
      functions.push({
        id,
        path: file.path,
        startLine: symbol.startLine,
        endLine: symbol.endLine,
        text: lines.slice(symbol.startLine - 1, symbol.endLine).join("\n"),
      })
      const query = questionOf(documented.get(`${symbol.name}:${symbol.nameLine}`) ?? "", symbol)
      if (query !== undefined) cases.push({ query, relevant: new Set([id]) })
    }
  }
  return { cases: spread(cases, count), functions }
}

/** The first paragraph of a doc comment, where it says something; a comment that survived the stripping is no question. */
function questionOf(doc: string, stripped: SymbolDefinition): string | undefined {
  if (doc === "" || stripped.doc !== "") return undefined
  const paragraph = (doc.trim().split(/\n\s*\n|\n\s*@|\n\s*:param/)[0] ?? "").trim()
  const words = paragraph.match(/\p{L}{2,}/gu) ?? []
  return words.length >= 5 && words.length <= 80 && !paragraph.startsWith("@") ? paragraph : undefined
}

/** Comments and docstrings as blanks, so that every line keeps its number. */
export function withoutComments(text: string, language: string): string {
  const ranges = commentRanges(text, language)
  let out = ""
  let at = 0
  for (let i = 0; i < ranges.length; i += 2) {
    const [start = 0, end = 0] = [ranges[i], ranges[i + 1]]
    out += text.slice(at, start) + blank(text.slice(start, end))
    at = end
  }
  out += text.slice(at)
  // Docstrings: a triple-quoted string that begins a line (`@doc` before it in Elixir).
  if (language === "python")
    return out.replace(
      /^([ \t]*)[rubRUB]{0,2}("""|''')[\s\S]*?\2/gm,
      (all, indent) => `${indent}pass${blank(all.slice(indent.length + 4))}`,
    )
  if (language === "elixir") return out.replace(/^[ \t]*@(module|type)?doc\s+(~[sS])?"""[\s\S]*?"""/gm, blank)
  return out
}

const blank = (text: string) => text.replace(/[^\n]/g, " ")

/** At most `count` of them, evenly from the whole. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items]
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)] as T)
}
