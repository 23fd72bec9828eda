import type { Callee, CodeIndex, CommitOf, Definition, SearchHit, UseSite } from "../../code/code-index.ts"
import { languageOf } from "../../code/parse/languages.ts"
import type { ReferenceKind } from "../../code/types.ts"
import type { CommitNote, Connection, Passage } from "./answer.ts"
import { focus } from "./focus.ts"
import { nameOf } from "./target.ts"

const maxLines = 16

/** The head of a definition, or the part of it that speaks of `words`. Null where its file is not indexed any more. */
export async function quoteDefinition(
  definition: Definition,
  index: CodeIndex,
  { words = [], note, lines = maxLines }: { words?: readonly string[]; note: string; lines?: number },
): Promise<Passage | null> {
  const text = await index.text(definition.path, { startLine: definition.startLine, endLine: definition.endLine })
  if (text === undefined) return null
  return {
    path: definition.path,
    language: languageId(definition.path),
    name: nameOf(definition),
    note,
    ...focus(text, definition.startLine, words, lines),
  }
}

/** A few lines around one line, which is marked. */
export async function quoteLine(
  path: string,
  line: number,
  index: CodeIndex,
  { name, note, around = 2 }: { name: string; note: string; around?: number },
): Promise<Passage | null> {
  const passage = await quoteLines(path, Math.max(1, line - around), line + around, index, note)
  return passage && { ...passage, name, marked: [line] }
}

/** These lines, as far as the file has them. */
export async function quoteLines(
  path: string,
  startLine: number,
  endLine: number,
  index: CodeIndex,
  note: string,
): Promise<Passage | null> {
  const text = (await index.text(path, { startLine, endLine }))?.replace(/\n$/, "")
  if (text === undefined) return null
  const lastLine = startLine + text.split("\n").length - 1
  return { path, language: languageId(path), name: "", note, startLine, endLine: lastLine, text, marked: [] }
}

export function quoteHit(hit: SearchHit, words: readonly string[], lines = maxLines): Passage {
  return {
    path: hit.path,
    language: hit.language,
    name: hit.name === "" ? "" : [...hit.within, hit.name].join("."),
    note: [...new Set(hit.why.map((why) => why.detail))].slice(0, 2).join("; "),
    ...focus(hit.text, hit.textLine, words, lines),
  }
}

export function connectionOf(use: UseSite): Connection {
  return {
    from: use.from ? nameOf(use.from) : use.path,
    verb: verbOf(use.kind),
    to: nameOf(use.to),
    path: use.path,
    line: use.line,
    text: use.text,
    depth: 1,
    confidence: use.confidence,
  }
}

/** A callee that is defined in this tree. */
export type KnownCallee = Callee & { readonly to: Definition }

export const isKnown = (callee: Callee): callee is KnownCallee => callee.to !== null

/** What `from` does with a definition of this tree; the text is what that definition says of itself. */
export function calleeConnection(from: Definition, callee: KnownCallee): Connection {
  return {
    from: nameOf(from),
    verb: verbOf(callee.kind),
    to: nameOf(callee.to),
    path: callee.to.path,
    line: callee.to.nameLine,
    text: firstSentence(callee.to.doc) || callee.to.signature,
    depth: 1,
    confidence: callee.confidence,
  }
}

export function verbOf(kind: ReferenceKind | "import"): Connection["verb"] {
  switch (kind) {
    case "call":
      return "calls"
    case "inherit":
      return "extends"
    case "import":
      return "imports"
    case "type":
    case "use":
      return "uses"
  }
}

export function commitNote(commit: CommitOf): CommitNote {
  return {
    sha: commit.sha,
    author: commit.authorName,
    at: commit.authoredAt,
    subject: commit.subject,
    body: commit.body.trim().slice(0, 600),
    filesChanged: commit.filesChanged,
  }
}

/** The first sentence of a doc comment, on one line. */
export function firstSentence(doc: string): string {
  const line = doc.replace(/\s+/g, " ").trim()
  const end = /[.!?](?=\s|$)/.exec(line)
  return (end ? line.slice(0, end.index + 1) : line).slice(0, 200)
}

const languageId = (path: string) => languageOf(path)?.id ?? "text"
