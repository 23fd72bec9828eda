import { InvalidInputError } from "../base/errors.ts"
import { NotInHistoryError } from "./git-errors.ts"
import { GitFailedError, gitText } from "./git-run.ts"

/** Consecutive lines that one commit wrote. Lines are 1-based and inclusive. */
export interface BlameSpan {
  readonly startLine: number
  readonly endLine: number
  /** Null for lines that are not committed yet. */
  readonly sha: string | null
  readonly authorName: string
  readonly authorEmail: string
  /** ISO 8601 with the author's offset. */
  readonly authoredAt: string
  readonly subject: string
  /** The file's path in that commit. */
  readonly originalPath: string
  /** The commit is where a shallow history begins: the line may be older. */
  readonly isBoundary: boolean
}

export interface BlameOptions {
  readonly startLine?: number | undefined
  readonly endLine?: number | undefined
  /** As of this revision; without it, the file as it is in the work tree. */
  readonly revision?: string | undefined
  readonly signal?: AbortSignal | undefined
}

export async function readBlame(cwd: string, path: string, options: BlameOptions): Promise<BlameSpan[]> {
  const { startLine, endLine, revision, signal } = options
  const args = ["blame", "--porcelain", "--no-textconv"]
  if (startLine !== undefined || endLine !== undefined) args.push(`-L${startLine ?? 1},${endLine ?? ""}`)
  args.push(...(revision === undefined ? [] : [revision]), "--", path)
  try {
    return parseBlame(await gitText({ cwd, args, signal }))
  } catch (error) {
    if (!(error instanceof GitFailedError)) throw error
    const lines = /has only (\d+) lines?/.exec(error.message)?.[1]
    if (lines !== undefined)
      throw new InvalidInputError({
        code: "LINE_OUT_OF_RANGE",
        message: `${path} has only ${lines} lines; line ${startLine ?? endLine} was asked for.`,
        cause: error,
      })
    if (/no such path|Cannot lstat|no such ref|bad revision|outside repository/.test(error.message))
      throw new NotInHistoryError(path, revision ?? "HEAD")
    throw error
  }
}

type Details = Omit<BlameSpan, "startLine" | "endLine">

/** Reads `git blame --porcelain`: what is known of a commit is only printed with the first of its lines. */
export function parseBlame(text: string): BlameSpan[] {
  const commits = new Map<string, Details>()
  const spans: BlameSpan[] = []
  const lines = text.split("\n")
  for (let i = 0; i < lines.length; ) {
    const header = /^([0-9a-f]{40,64}) \d+ (\d+)/.exec(lines[i] ?? "")
    if (!header) {
      i++
      continue
    }
    const fields = new Map<string, string>()
    for (i++; i < lines.length && !lines[i]?.startsWith("\t"); i++) {
      const line = lines[i] ?? ""
      const space = line.indexOf(" ")
      if (space < 0) fields.set(line, "")
      else fields.set(line.slice(0, space), line.slice(space + 1))
    }
    i++
    const [, id = "", at = ""] = header
    // A commit that moved lines from several files is printed with another file name each time.
    const known = commits.get(id)
    const details = fields.has("author") || !known ? detailsOf(id, fields) : known
    const moved = fields.get("filename")
    const now = moved === undefined ? details : { ...details, originalPath: unquoted(moved) }
    commits.set(id, now)
    const line = Number(at)
    const last = spans.at(-1)
    if (last && last.endLine === line - 1 && last.sha === now.sha && last.originalPath === now.originalPath)
      spans[spans.length - 1] = { ...last, endLine: line }
    else spans.push({ startLine: line, endLine: line, ...now })
  }
  return spans
}

function detailsOf(id: string, fields: ReadonlyMap<string, string>): Details {
  return {
    sha: /^0+$/.test(id) ? null : id,
    authorName: fields.get("author") ?? "",
    authorEmail: (fields.get("author-mail") ?? "").replace(/^<|>$/g, ""),
    authoredAt: isoOf(Number(fields.get("author-time") ?? 0), fields.get("author-tz") ?? "+0000"),
    subject: fields.get("summary") ?? "",
    originalPath: unquoted(fields.get("filename") ?? ""),
    isBoundary: fields.has("boundary"),
  }
}

/** Seconds since the epoch and git's "+0130" as ISO 8601 in that offset, as `git log` prints it. */
function isoOf(seconds: number, zone: string): string {
  const [, sign = "+", hours = "00", minutes = "00"] = /^([+-])(\d\d)(\d\d)$/.exec(zone) ?? []
  const offsetMs = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000
  const local = new Date(seconds * 1000 + offsetMs).toISOString().slice(0, 19)
  return `${local}${sign}${hours}:${minutes}`
}

/** A path as git quotes it in C style when it holds quotes, backslashes or control characters. */
function unquoted(path: string): string {
  if (!path.startsWith('"')) return path
  const named: Record<string, number> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, '"': 34, "\\": 92 }
  const bytes: Buffer[] = []
  for (const match of path.slice(1, -1).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/gs)) {
    const [, octal, letter, plain] = match
    if (octal !== undefined) bytes.push(Buffer.from([Number.parseInt(octal, 8)]))
    else if (letter !== undefined) bytes.push(Buffer.from([named[letter] ?? letter.charCodeAt(0)]))
    else bytes.push(Buffer.from(plain ?? ""))
  }
  return Buffer.concat(bytes).toString("utf8")
}
