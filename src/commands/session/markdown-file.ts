import { event } from "../../assistant/conversation/decide.ts"
import type { ConversationEvent } from "../../assistant/conversation/events.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { truncate } from "../../base/text.ts"

const marks = { you: "<!-- duck:you -->", tool: "<!-- duck:tool -->" } as const
const assistantMark = (model: string) => `<!-- duck:assistant ${model.replaceAll(/\s|-->/g, "")} -->`
const anyMark = /^<!-- duck:(you|tool|assistant)(?: (\S*))? -->$/

/** Most of a tool's result that is written down. */
const shownChars = 4_000

/** A conversation for people to read; what people and models said can be imported again. */
export function markdownOf(title: string, events: Iterable<ConversationEvent>): string {
  const lines = [`# ${title.replaceAll("\n", " ")}`, ""]
  const say = (mark: string, heading: string, text: string) =>
    lines.push(mark, `## ${heading}`, "", text.replaceAll(/^(?=\\*<!-- duck:)/gm, "\\"), "")
  const names = new Map<string, string>()
  for (const { type, data } of events) {
    switch (type) {
      case "user.spoke":
        say(marks.you, "You", textOf(data.parts))
        break
      case "assistant.spoke": {
        const calls = data.parts.flatMap((part) => (part.kind === "tool-call" ? [part] : []))
        for (const call of calls) names.set(call.id, `${call.name} ${call.arguments}`)
        if (textOf(data.parts) !== "") say(assistantMark(data.model), `Assistant (${data.model})`, textOf(data.parts))
        break
      }
      case "tool.finished":
        say(marks.tool, `Tool, ${data.outcome}`, fenced(`${names.get(data.call) ?? ""}\n${textOf(data.content)}`))
        break
    }
  }
  return `${lines.join("\n").trimEnd()}\n`
}

function fenced(text: string): string {
  const cut = truncate(text.trim(), shownChars)
  const longest = Math.max(2, ...Array.from(cut.matchAll(/`+/g), ([run]) => run.length))
  const fence = "`".repeat(longest + 1)
  return `${fence}\n${cut}\n${fence}`
}

const textOf = (parts: readonly { readonly kind: string; readonly text?: string }[]) =>
  parts.map(({ kind, text }) => (kind === "text" ? (text ?? "") : kind === "image" ? "[a picture]" : "")).join("")

/** What people and models said in such a file, as the events of a conversation. Throws InvalidInputError. */
export function eventsOfMarkdown(text: string): { readonly title: string; readonly events: ConversationEvent[] } {
  const title = /^# (.+)$/m.exec(text)?.[1]?.trim() ?? "Imported"
  const events: ConversationEvent[] = []
  let turn: { readonly id: string; steps: number } | undefined
  const endTurn = () => {
    if (turn) events.push(event("turn.ended", { turn: turn.id, how: "done", why: "Imported.", steps: turn.steps }))
    turn = undefined
  }
  const begin = (message: string) => {
    const id = newId()
    events.push(event("turn.started", { turn: id, message, by: "import" }))
    turn = { id, steps: 0 }
    return turn
  }
  for (const { kind, model, body } of sections(text)) {
    if (body === "") continue
    const message = newId()
    if (kind === "you") {
      endTurn()
      events.push(event("user.spoke", { message, parts: [{ kind: "text", text: body }] }))
      begin(message)
    } else if (kind === "assistant") {
      const now = turn ?? begin(message)
      now.steps += 1
      const usage = { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, costUsd: null }
      const parts = [{ kind: "text" as const, text: body }]
      events.push(event("assistant.spoke", { message, turn: now.id, parts, model, usage, finish: "stop" }))
    }
  }
  endTurn()
  if (events.length === 0) {
    throw new InvalidInputError({
      message: "There is no conversation in the file.",
      hint: "A file that `duck session export` made can be imported, as JSON or Markdown.",
    })
  }
  return { title, events }
}

function* sections(text: string) {
  let now: { kind: string; model: string; lines: string[] } | undefined
  const whole = ({ kind, model, lines }: NonNullable<typeof now>) => ({
    kind,
    model,
    // The first line is the heading.
    body: lines
      .slice(1)
      .join("\n")
      .trim()
      .replaceAll(/^\\(?=\\*<!-- duck:)/gm, ""),
  })
  for (const line of text.split(/\r?\n/)) {
    const mark = anyMark.exec(line)
    if (mark) {
      if (now) yield whole(now)
      now = { kind: mark[1] ?? "", model: mark[2] || "imported/unknown", lines: [] }
    } else now?.lines.push(line)
  }
  if (now) yield whole(now)
}
