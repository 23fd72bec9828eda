import { languageOf } from "../../code/parse/languages.ts"
import type { AskAnswer } from "./answer.ts"

/** A place that an answer names, and whether it is there. */
export interface Citation {
  readonly path: string
  readonly line: number
  readonly endLine: number
  /**
   * `evidence`: among what the model was given; `file`: the file has such a line, but the model was not given it;
   * `missing`: there is no such file or line.
   */
  readonly found: "evidence" | "file" | "missing"
}

/** What a model was given to cite. */
export interface Evidence {
  readonly passages: readonly Pick<AskAnswer["passages"][number], "path" | "startLine" | "endLine">[]
  readonly connections: readonly Pick<AskAnswer["connections"][number], "path" | "line">[]
  readonly tests: readonly Pick<AskAnswer["tests"][number], "path">[]
}

/** Reads lines of a file of the tree; undefined where it has none of them. */
export type ReadLines = (path: string, lines: { startLine: number; endLine: number }) => Promise<string | undefined>

const place = /(?<![\w/:.@-])((?:\.{0,2}\/)?[\w@.+-]+(?:\/[\w@.+-]+)*):(\d{1,7})(?:[-–](\d{1,7}))?(?![\w])/g

/**
 * Every `path:line` of a model's answer, checked against the evidence and the files, and the answer with a mark behind
 * each that is not there. What only looks like one ("example.com:443", "10:30") is left alone.
 */
export async function checkedCitations(
  text: string,
  evidence: Evidence,
  read: ReadLines,
): Promise<{ readonly text: string; readonly citations: readonly Citation[] }> {
  const known = new Set([...evidence.passages, ...evidence.connections, ...evidence.tests].map(({ path }) => path))
  const cited = new Map<string, Citation>()
  for (const [whole, rawPath = "", from, to] of text.matchAll(place)) {
    const path = rawPath.replace(/^\.\//, "")
    const isPath = known.has(path) || (/[A-Za-z]/.test(path) && languageOf(path) !== undefined)
    if (!isPath || cited.has(whole)) continue
    const line = Number(from)
    const lines = { path, line, endLine: to === undefined ? line : Number(to) }
    cited.set(whole, { ...lines, found: await foundIn(lines, evidence, read) })
  }
  const marked = text.replace(place, (whole) =>
    cited.get(whole)?.found === "missing" ? `${whole} (no such place)` : whole,
  )
  return { text: marked, citations: [...cited.values()] }
}

async function foundIn(
  { path, line, endLine }: Omit<Citation, "found">,
  { passages, connections }: Evidence,
  read: ReadLines,
): Promise<Citation["found"]> {
  if (line < 1 || endLine < line) return "missing"
  const isQuoted = passages.some((one) => one.path === path && one.startLine <= line && endLine <= one.endLine)
  const isEdge = connections.some((one) => one.path === path && one.line === line && endLine === line)
  if (isQuoted || isEdge) return "evidence"
  // The last line named has to be there as well.
  const text = await read(path, { startLine: endLine, endLine })
  return text === undefined || text === "" ? "missing" : "file"
}
