import { count } from "../base/text.ts"
import type { CommitNote, Connection, FreshnessNote, Passage } from "../engines/ask/answer.ts"
import { type Block, inlineCode, literal } from "./document.ts"

// What the answers about code have in common, as a person sees it.

export const passageBlocks = (passages: readonly Passage[]): Block[] =>
  passages.map(({ path, startLine, endLine, text, language, marked, name, note }) => ({
    kind: "quote",
    path,
    startLine,
    endLine,
    text,
    language,
    marked,
    note: [name, note].filter((part) => part !== "").join(" - "),
  }))

/** A titled table of edges, each with the line that shows it. Nothing where there are none. */
export function connectionBlocks(title: string, connections: readonly Connection[]): Block[] {
  if (connections.length === 0) return []
  const depths = new Set(connections.map(({ depth }) => depth))
  return [
    { kind: "heading", text: title, level: 2 },
    {
      kind: "table",
      columns: [{ title: "" }, { title: "" }, { title: "", isCut: true }],
      rows: connections
        .slice(0, mostRows)
        .map(({ from, verb, to, path, line, text, depth, confidence }) => [
          literal(`${path}:${line}`),
          `${depths.size > 1 ? "  ".repeat(depth - 1) : ""}${literal(`${from} ${verb} ${to}`)}${confidence < 0.5 ? " (perhaps)" : ""}`,
          text === "" ? "" : inlineCode(text),
        ]),
    },
    ...(connections.length > mostRows
      ? [
          {
            kind: "paragraph",
            text: `And ${connections.length - mostRows} more; \`--json\` shows all.`,
            tone: "quiet",
          } as const,
        ]
      : []),
  ]
}

/** More lines than a person reads at once. */
const mostRows = 20

export function testBlocks(tests: readonly { path: string; names: readonly string[]; reason: string }[]): Block[] {
  if (tests.length === 0) return []
  return [
    { kind: "heading", text: "Tests", level: 2 },
    {
      kind: "table",
      columns: [{ title: "" }, { title: "" }],
      rows: tests.map(({ path, names, reason }) => [
        literal(path),
        literal(names.length > 0 ? shortList(names) : reason),
      ]),
    },
  ]
}

export function historyBlocks(history: readonly CommitNote[], withBody = false): Block[] {
  if (history.length === 0) return []
  return [
    { kind: "heading", text: "History", level: 2 },
    {
      kind: "table",
      columns: [{ title: "" }, { title: "" }, { title: "" }, { title: "" }],
      rows: history.map(({ sha, at, author, subject, body }) => [
        sha.slice(0, 8),
        at.slice(0, 10),
        literal(author),
        literal(withBody && body !== "" ? `${subject}\n${body}` : subject),
      ]),
    },
  ]
}

export function nearestBlocks(nearest: readonly { name: string; path: string; line: number }[]): Block[] {
  if (nearest.length === 0) return []
  return [
    { kind: "heading", text: "Nearest", level: 2 },
    {
      kind: "table",
      columns: [{ title: "" }, { title: "" }],
      rows: nearest.map(({ name, path, line }) => [`**${literal(name)}**`, literal(`${path}:${line}`)]),
    },
  ]
}

export function followUpBlocks(followUps: readonly string[]): Block[] {
  if (followUps.length === 0) return []
  return [
    { kind: "heading", text: "Next", level: 2 },
    { kind: "list", items: followUps.map(inlineCode) },
  ]
}

/** Which tree an answer is valid for, in one line. */
export function freshnessBlock(freshness: FreshnessNote, prefix = ""): Block {
  const { tree, head, dirtyFiles, files, pending, isComplete } = freshness
  const state = [
    `${count(files, "file")} indexed`,
    `tree ${tree.slice(0, 8)}`,
    ...(head === null ? [] : [`HEAD ${head.slice(0, 8)}`]),
    ...(pending > 0 ? [`${count(pending, "file")} still to be indexed`] : []),
    ...(dirtyFiles.length > 0 ? [`changed since: ${literal(shortList(dirtyFiles))}`] : []),
    ...(isComplete || pending > 0 || dirtyFiles.length > 0 ? [] : ["the index is not complete yet"]),
  ]
  return { kind: "paragraph", text: `${prefix}${state.join(", ")}.`, tone: isComplete ? "quiet" : "warning" }
}

export const madeWithoutModel = "Answered from the index, without a language model: "

export function shortList(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(", ")
  return names.length > most ? `${shown} and ${names.length - most} more` : shown
}
