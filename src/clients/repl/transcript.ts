import { count } from "../../base/text.ts"
import type { SessionItem } from "../../commands/session/item.ts"
import { harmless, type Ink, inkOf, painted } from "./ink.ts"
import { markdownStream } from "./markdown-stream.ts"
import { type CallOutcome, callGist, toolLine } from "./tool-line.ts"

/** Shows what happens in a conversation to a person. */
export interface Transcript {
  take(item: SessionItem): void
  /** Ends the line that is being written. */
  settle(): void
  /** What goes on now and has nothing to show yet; undefined: nothing. */
  readonly busyWith: string | undefined
}

export interface TranscriptOptions {
  /** The answer's text. */
  readonly say: (text: string) => void
  /** All else: calls, notes. May be the same place. */
  readonly note: (text: string) => void
  /** Of the text, and of all else. */
  readonly ink: Ink
  readonly noteInk: Ink
  /** Columns; 0: lines are not cut. */
  readonly width: () => number
  /** Where the text goes to a program, it is given as it is. */
  readonly isForProgram?: boolean
  /** A person asked it here: it is not shown again. */
  isOwn?(text: string): boolean
  onAsked?(question: { readonly call: string; readonly question: string; readonly why: string }): void
  /** Somebody answered, here or elsewhere. */
  onAnswered?(call: string): void
}

type Uncovered = { readonly path: string; readonly why: string }
/** The "model" of an answer that is a command a person typed. */
const typedBy = "you/typed"

type Parts = readonly { readonly kind: string; readonly text?: string }[]
const textOf = (parts: Parts) => parts.map(({ kind, text }) => (kind === "text" ? (text ?? "") : "")).join("")

export function transcript(options: TranscriptOptions): Transcript {
  const { note, noteInk: ink, width, isForProgram = false } = options
  const clean = isForProgram ? (text: string) => text : harmless
  const markdown = markdownStream(options.say, isForProgram ? inkOf(false) : options.ink)
  const calls = new Map<string, string>()
  /** Entries that were shown: after a reconnection they are told again. */
  const shown = new Set<string>()
  /** Calls that a person typed, and those of them whose output was shown as it came. */
  const typed = new Set<string>()
  const streamed = new Set<string>()
  let heard = ""
  let isAtLineStart = true
  let busyWith: string | undefined
  let lastUncovered = ""

  const say = (text: string) => {
    if (text === "") return
    markdown.push(clean(text))
    isAtLineStart = text.endsWith("\n")
  }
  const settle = () => {
    markdown.end()
    if (!isAtLineStart) options.say("\n")
    isAtLineStart = true
  }
  const line = (text: string) => {
    settle()
    note(`${text}\n`)
  }

  const spoke = (id: string, parts: Parts, { isLive, isTyped }: { isLive: boolean; isTyped: boolean }) => {
    const before = heard
    heard = ""
    if (shown.has(id)) return
    shown.add(id)
    for (const part of parts) {
      if (part.kind === "tool-call" && "id" in part && "name" in part && "arguments" in part) {
        calls.set(String(part.id), callGist(String(part.name), String(part.arguments)))
        if (isTyped) typed.add(String(part.id))
      }
    }
    const text = textOf(parts)
    // What was heard while it was written is the text already; after a crash only a part of it may have been.
    if (isLive && before !== "" && text.startsWith(before)) say(text.slice(before.length))
    else if (text !== "") {
      if (before !== "") settle()
      say(text)
    }
    settle()
  }
  const finished = (id: string, outcome: CallOutcome, content: Parts) => {
    if (shown.has(id)) return
    shown.add(id)
    if (typed.has(id)) return printed(id, outcome, textOf(content))
    line(toolLine({ gist: calls.get(id) ?? id, outcome, result: textOf(content) }, { ink, width: width() }))
  }

  /** Said before the first effect of a turn, and not again while it stays the same. */
  const notCovered = ({ count: all, paths }: { readonly count: number; readonly paths: readonly Uncovered[] }) => {
    const named = paths.map(({ path, why }) => `${path} (${why})`)
    const text = [...named, ...(all > named.length ? [`${all - named.length} more`] : [])].join(", ")
    if (text === lastUncovered) return
    lastUncovered = text
    line(painted(ink.warning, `Undo does not cover ${harmless(text)}.`))
  }

  /** Who types a command wants to see what it prints, not that it was run. */
  const printed = (id: string, outcome: CallOutcome, text: string) => {
    settle()
    const clean = harmless(text).trimEnd()
    const last = clean.slice(clean.lastIndexOf("\n") + 1)
    // What was shown as it came is not shown again.
    const rest = streamed.has(id) ? last : clean
    note(`${painted(outcome === "done" ? ink.quiet : ink.warning, rest)}\n`)
  }

  const stored = (item: Extract<SessionItem, { kind: "event" }>) => {
    switch (item.type) {
      case "user.spoke": {
        // What goes with the words as data is not for reading.
        const [words, ...data] = item.data.parts
        const text = textOf(words ? [words] : [])
        const more = data.length > 0 ? " (with data)" : ""
        if (!options.isOwn?.(text) && !shown.has(item.data.message)) {
          line(painted(ink.quiet, `> ${harmless(text)}${more}`))
        }
        shown.add(item.data.message)
        break
      }
      case "turn.started":
        busyWith = "Thinking"
        break
      case "assistant.spoke":
        spoke(item.data.message, item.data.parts, { isLive: true, isTyped: item.data.model === typedBy })
        busyWith = "Working"
        break
      case "tool.finished":
        finished(item.data.call, item.data.outcome, item.data.content)
        busyWith = "Thinking"
        break
      case "permission.asked":
        settle()
        busyWith = undefined
        options.onAsked?.(item.data)
        break
      case "permission.answered":
        options.onAnswered?.(item.data.call)
        break
      case "checkpoint.taken":
        if (item.data.uncovered) notCovered(item.data.uncovered)
        break
      case "context.compacted": {
        const { tokensBefore, tokensAfter, strategy } = item.data
        line(
          painted(
            ink.quiet,
            `The prompt was compacted (${strategy}): ${count(tokensBefore, "token")} to ${count(tokensAfter, "token")}.`,
          ),
        )
        break
      }
      case "mode.changed":
        line(painted(ink.quiet, `Mode: ${item.data.mode}`))
        break
      case "model.changed":
        line(painted(ink.quiet, `Model: ${item.data.model === "" ? "the default" : item.data.model}`))
        break
    }
  }

  return {
    settle,
    get busyWith() {
      return isAtLineStart ? busyWith : undefined
    },
    take(item) {
      switch (item.kind) {
        case "opened":
          settle()
          heard = ""
          if (item.isRunning) busyWith = "Working"
          break
        case "entry":
          if (item.entry.kind === "assistant") {
            const { id, parts, model } = item.entry
            spoke(id, parts, { isLive: false, isTyped: model === typedBy })
          }
          if (item.entry.kind === "tool") finished(item.entry.id, item.entry.outcome, item.entry.content)
          break
        case "event":
          stored(item)
          break
        case "text":
          heard += item.text
          say(item.text)
          break
        case "reasoning":
          busyWith = "Thinking"
          break
        case "tool-writing":
          busyWith = `Writing a call of ${item.name}`
          break
        case "tool-running":
          busyWith = `Running ${calls.get(item.call) ?? item.name}`
          break
        case "tool-progress":
          busyWith = harmless(item.text.trim().split("\n").at(-1) ?? "")
          if (typed.has(item.call) && !isForProgram) {
            streamed.add(item.call)
            note(harmless(item.text))
            isAtLineStart = item.text.endsWith("\n")
          }
          break
        case "restart":
          line(painted(ink.warning, `Another model goes on: ${harmless(item.why)}`))
          break
        case "turn-ended":
          heard = ""
          busyWith = undefined
          settle()
          for (const check of item.checks) {
            line(painted(/^(failed|unverified)/.test(check) ? ink.warning : ink.quiet, harmless(check)))
          }
          if (item.how !== "done") line(painted(item.how === "failed" ? ink.bad : ink.warning, harmless(item.why)))
          break
      }
    },
  }
}
