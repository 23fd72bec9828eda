import { count, truncate } from "../../base/text.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import { isTestPath } from "../../code/graph/families.ts"
import type { Git } from "../../workspace/git.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { commitNote, quoteLine } from "../ask/quoting.ts"
import { nameOf } from "../ask/target.ts"
import { touches } from "../review/change-set.ts"
import { readChanges } from "../review/read-changes.ts"
import type { ErrorFacts, Explanation } from "./explanation.ts"
import { emptyExplanation } from "./explanation.ts"
import { type MappedFrame, mapFrames } from "./traces/map-frames.ts"
import { tracesIn } from "./traces/parse-trace.ts"

export interface ErrorDeps {
  readonly index: CodeIndex
  readonly workspace: Workspace
  readonly git: Git | null
  readonly signal: AbortSignal
}

const mostErrors = 5
const mostQuoted = 5
const mostShown = 30
const around = 4

/**
 * Explains an error message or a stack trace: its frames in this project's files, the code around them, who says such a
 * message, and what makes them suspects. `isFound` of the facts is false where nothing in the tree has to do with it.
 */
export async function explainError(text: string, deps: ErrorDeps): Promise<Explanation> {
  const { index, workspace, git, signal } = deps
  const traces = tracesIn(text).slice(0, mostErrors)
  const [first] = traces
  const message = first?.message || truncate(text.trim().split("\n")[0] ?? "", 500)
  const frames = await mapFrames(traces.flatMap((trace) => trace.frames).slice(0, 100), { index, workspace })
  const own = distinctPlaces(frames)
  const saidAt = await saysSo(message, index, signal)
  const uncommitted = git
    ? await readChanges(
        { kind: "tree" },
        { workspace, git, paths: [...new Set(own.map(({ path }) => path))].slice(0, 20), signal },
      )
    : undefined
  const shown: ErrorFacts["frames"] = []
  for (const frame of frames.slice(0, mostShown)) {
    const around = frame.path === null ? null : await index.symbolAt(frame.path, frame.sourceLine)
    shown.push({
      said: `${frame.file}:${frame.line}`,
      name: frame.name || (around ? nameOf(around) : ""),
      path: frame.path,
      line: frame.path === null ? null : frame.sourceLine,
      how: frame.how,
    })
  }
  const places = own.length > 0 ? own : saidAt.map(({ path, line }) => ({ path, line }))
  const passages = []
  for (const { path, line } of places.slice(0, mostQuoted)) {
    const definition = await index.symbolAt(path, line)
    const name = definition ? nameOf(definition) : ""
    passages.push(
      await quoteLine(path, line, index, { name, note: own.length > 0 ? "a step of the trace" : "says so", around }),
    )
  }
  const [top] = places
  const lines = top && { startLine: Math.max(1, top.line - around), endLine: top.line + around }
  const history = top ? (await index.historyOf(top.path, { ...(lines && { lines }), limit: 5, signal })).items : []
  const causes = [
    ...(await codeCauses(message, own, index)),
    ...own.flatMap(({ path, line }) => {
      const file = uncommitted?.files.find((one) => one.path === path)
      if (!file || !touches(file.added, { startLine: line - around, endLine: line + around })) return []
      return [{ says: "These lines are changed and not committed.", path, line }]
    }),
    ...(own.length > 0
      ? saidAt.slice(0, 3).map(({ path, line }) => ({ says: "The message is written here.", path, line }))
      : []),
    ...(top && history[0]
      ? [
          {
            says: `Last changed on ${history[0].authoredAt.slice(0, 10)} by ${history[0].authorName}: “${history[0].subject}” (${history[0].sha.slice(0, 10)}).`,
            ...top,
          },
        ]
      : []),
  ]
  const isFound = own.length > 0 || saidAt.length > 0
  return {
    ...emptyExplanation(truncate(text.trim().split("\n")[0] ?? "", 200), "error", index),
    path: top?.path ?? "",
    startLine: top?.line ?? 1,
    endLine: top?.line ?? 1,
    headline: headlineOf(message, first?.type ?? "", frames.length, own, saidAt.length),
    passages: passages.filter((passage) => passage !== null),
    history: history.map(commitNote),
    error: {
      isFound,
      errors: traces.map(({ language, type, message }) => ({ language, type, message })),
      frames: shown,
      saidAt,
      causes: causes.slice(0, 10),
    },
    followUps: top
      ? [`duck explain ${top.path}:${top.line}`, `duck ask "what calls ${top.path}:${top.line}"`]
      : [`duck search ${JSON.stringify(message.slice(0, 80))}`],
  }
}

function headlineOf(
  message: string,
  type: string,
  frames: number,
  own: readonly { path: string; line: number }[],
  said: number,
): string {
  const what = [type, message].filter((part) => part !== "").join(": ")
  const [first] = own
  if (first)
    return `“${what}” comes from ${first.path}:${first.line}; ${own.length} of ${count(frames, "frame")} are in this project.`
  if (frames > 0 && said === 0)
    return `“${what}”: none of its ${count(frames, "frame")} is in this project, nor its message.`
  if (said > 0) return `“${what}” is said in ${count(said, "place")} of this project.`
  return `Nothing in this project says “${what}”, and no frame of a trace was found in the text.`
}

function distinctPlaces(frames: readonly MappedFrame[]): { path: string; line: number }[] {
  const places = new Map<string, { path: string; line: number }>()
  for (const { path, sourceLine: line } of frames) if (path !== null) places.set(`${path}:${line}`, { path, line })
  return [...places.values()]
}

/** Where the message is written. Values were put into it, so its longest plain parts are looked for, in turn. */
async function saysSo(message: string, index: CodeIndex, signal: AbortSignal): Promise<ErrorFacts["saidAt"]> {
  const parts = message
    .split(/["'`“”‘’()[\]{}<>:]|\b\d[\w.]*|\s[/.\w-]*\/[\w./-]+|\b\w+@\w+/)
    .map((part) => part.trim().replace(/^[,;.\s]+|[,;.\s]+$/g, ""))
    .filter((part) => part.length >= 6 && part.includes(" "))
    .sort((a, b) => b.length - a.length)
  for (const part of [...new Set([message.trim(), ...parts])].filter((one) => one.length >= 6).slice(0, 4)) {
    const { hits } = await index.search(
      { text: part.slice(0, 200), mode: "text", limit: 20, caseSensitive: true },
      signal,
    )
    const places = hits.flatMap(({ path, matches, textLine, text }) =>
      matches.map((line) => ({ path, line, text: (text.split("\n")[line - textLine] ?? "").trim() })),
    )
    const code = places.filter(({ path }) => !isTestPath(path) && !/\.(?:md|txt|rst|lock|map)$/.test(path))
    if (code.length > 0) return code.slice(0, 10)
  }
  return []
}

/** What the message and the line say together. */
async function codeCauses(
  message: string,
  own: readonly { path: string; line: number }[],
  index: CodeIndex,
): Promise<ErrorFacts["causes"]> {
  const [top] = own
  if (!top) return []
  const line = ((await index.text(top.path, { startLine: top.line, endLine: top.line })) ?? "").trim()
  const causes: ErrorFacts["causes"] = []
  const missing =
    /Cannot (?:read|set) propert(?:y|ies) .*?of (undefined|null)(?: \((?:reading|setting) '([^']+)'\))?|'NoneType' object has no attribute '([^']+)'|undefined method [`']([^']+)' for nil/.exec(
      message,
    )
  if (missing) {
    const member = missing[2] ?? missing[3] ?? missing[4] ?? ""
    const before =
      member && new RegExp(`([\\w$.\\])]+?)(?:\\?\\.|\\.|\\[['"]?)${member.replace(/\W/g, "\\$&")}`).exec(line)?.[1]
    causes.push({
      says: `${before ? `\`${before}\`` : "What stands before the access"} has no value here${member ? ` when \`${member}\` is asked for` : ""}.`,
      ...top,
    })
  }
  const called = /([\w$.]+) is not a function/.exec(message)?.[1]
  if (called)
    causes.push({ says: `\`${called}\` is no function here: look at where it is imported or assigned.`, ...top })
  const unknown = /([\w$]+) is not defined|name '([^']+)' is not defined|undefined: (\w+)|cannot find symbol/.exec(
    message,
  )
  const name = unknown?.[1] ?? unknown?.[2] ?? unknown?.[3]
  if (name) {
    const { items } = await index.definitions(name)
    const there = items[0]
    causes.push({
      says: there
        ? `\`${name}\` is not in scope here; it is defined in ${there.path}:${there.nameLine}: an import may be missing.`
        : `\`${name}\` is defined nowhere in this project.`,
      ...top,
    })
  }
  if (/^(?:throw|raise|panic!?\(|return .*(?:Errorf|errors\.New))|\bthrow new\b/.test(line)) {
    const start = Math.max(1, top.line - 6)
    const above = ((await index.text(top.path, { startLine: start, endLine: top.line })) ?? "")
      .split("\n")
      .slice(0, top.line - start + 1)
    const guard = above.findLastIndex((one) => /^\s*(?:\}? ?else )?(?:if|unless|elif|case|match)\b/.test(one))
    if (guard >= 0)
      causes.push({
        says: `It is thrown on purpose, where \`${(above[guard] ?? "").trim()}\` holds.`,
        path: top.path,
        line: start + guard,
      })
  }
  const caller = own[1]
  if (caller) causes.push({ says: "It was called from here: look at the values that this line passes.", ...caller })
  return causes
}
