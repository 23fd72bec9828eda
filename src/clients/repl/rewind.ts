import { truncate } from "../../base/text.ts"
import type { Rendering } from "../../base/wire.ts"
import type { OutputOf } from "../sdk/types.ts"
import { harmless, type Ink, painted } from "./ink.ts"
import type { Talk } from "./talk.ts"

export interface RewindOptions {
  readonly session: string
  readonly link: Pick<Talk, "run">
  readonly rendering: Rendering
  readonly ink: Ink
  readonly width: number
  print(text: string): void
  ask(prompt: string): Promise<string | undefined>
}

/** A message of the person's, to go back to before it. `n`: its number among the entries. */
interface Said {
  readonly n: number
  readonly text: string
}

const mostShown = 15
const page = 500

/**
 * Lets the person choose one of their messages, and takes the conversation, the files or both back to before it. Gives
 * the message that was chosen, to be said anew; `isFirst`: nothing of the conversation is left. Undefined: nothing was
 * done, or only the files were taken back.
 */
export async function rewind(options: RewindOptions): Promise<{ text: string; isFirst: boolean } | undefined> {
  const { session, ink, print, ask } = options
  const all = await messagesOf(options)
  const shown = all.slice(-mostShown)
  if (shown.length === 0) {
    print(painted(ink.quiet, "You have said nothing in it yet.\n"))
    return undefined
  }
  const room = Math.max(20, options.width - 6)
  const rows = shown.map(({ text }, at) => {
    const [line = "", ...more] = harmless(text).trim().split("\n")
    return `  ${String(at + 1).padStart(2)}  ${truncate(more.length > 0 ? `${line} …` : line, room)}`
  })
  const older = all.length > shown.length ? painted(ink.quiet, `  (${all.length - shown.length} older)\n`) : ""
  print(`${painted(ink.bold, "Back to before which message?")}\n${older}${rows.join("\n")}\n`)
  const chosen = shown[Number(await ask("number, Esc leaves it › ")) - 1]
  if (!chosen) return left(options)
  const answer = await ask("(b)oth, only the (c)onversation, only the (f)iles › ")
  const what = whats[(answer ?? "n").trim().toLowerCase()]
  if (!what) return left(options)

  const isFirst = chosen.n === 1
  // Before the first message there is no entry: the files are as they were when it was said.
  const goal = { session, to: String(isFirst ? 1 : chosen.n - 1), what: isFirst ? "files" : what }
  const isTaken = isFirst && what === "conversation" ? true : await takeBack(goal, options)
  if (!isTaken || what === "files") return undefined
  return { text: chosen.text, isFirst }
}

const whats: Readonly<Record<string, "both" | "conversation" | "files">> = {
  "": "both",
  b: "both",
  both: "both",
  c: "conversation",
  conversation: "conversation",
  f: "files",
  files: "files",
}

function left({ print, ink }: RewindOptions): undefined {
  print(painted(ink.quiet, "Everything stays as it is.\n"))
}

/** Files that somebody changed since are asked about, never overwritten. */
async function takeBack(goal: object, { link, rendering, print, ask }: RewindOptions): Promise<boolean> {
  for (let flags = {}; ; ) {
    const { output, rendered } = await link.run("session.rewind", { ...goal, ...flags }, rendering)
    print(rendered ?? "")
    const { isDone } = output as OutputOf<"session.rewind">
    if (isDone) return true
    const answer = (await ask("(k)eep what was changed since, (f) overwrite it, or leave all › "))?.trim().toLowerCase()
    if (answer === "k") flags = { keep: true }
    else if (answer === "f") flags = { force: true }
    else return false
  }
}

async function messagesOf({ link, session }: RewindOptions): Promise<readonly Said[]> {
  const { output } = await link.run("session.show", { session, limit: page })
  const { entries } = output as OutputOf<"session.show">
  return entries.flatMap((entry): Said[] => {
    if (entry.kind !== "user") return []
    // What goes with the words as data is not said again.
    const text = entry.parts.find(({ kind }) => kind === "text")?.text ?? ""
    return [{ n: entry.n, text }]
  })
}
