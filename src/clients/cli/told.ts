import { count } from "../../base/text.ts"
import type { CommandAnswer } from "../../base/wire.ts"
import type { SessionItem } from "../../commands/session/item.ts"
import type { TurnOutcome } from "../../commands/session/outcome.ts"
import { inkOf, painted } from "../repl/ink.ts"
import { transcript } from "../repl/transcript.ts"
import type { Host } from "./host.ts"
import type { ProgressView } from "./progress.ts"
import type { Terminal } from "./terminal.ts"

/** What a command tells while it runs, as the command line shows it. */
export interface Told {
  take(item: unknown): void
  /** Writes what is left to say; false where the answer is still to be printed. */
  end(answer: CommandAnswer): boolean
  /** The server went away; it is told on by the next. */
  again(): void
  /** It will not be told to its end: Ctrl-C, or an error. */
  cut(): void
  /** The conversation that is told of, once it is known. */
  readonly session: string | undefined
  /** How many items it has taken. */
  readonly taken: number
}

export interface ToldOptions {
  readonly format: "text" | "json" | "stream-json"
  readonly host: Host
  readonly terminal: Terminal
  readonly isQuiet: boolean
  readonly view: ProgressView
}

export function told({ format, host, terminal, isQuiet, view }: ToldOptions): Told {
  const { stdout, stderr } = host
  const note = isQuiet ? () => {} : (text: string) => stderr.write(text)
  const noteInk = inkOf(terminal.hasErrorColor)
  const shown = transcript({
    say: (text) => {
      view.clear()
      stdout.write(text)
    },
    note: (text) => {
      view.clear()
      note(text)
    },
    ink: inkOf(terminal.color !== "0"),
    noteInk,
    width: () => terminal.width,
    isForProgram: !terminal.isLookedAt,
    // The task is on the command line.
    isOwn: () => true,
  })
  let session: string | undefined
  let taken = 0
  return {
    get session() {
      return session
    },
    get taken() {
      return taken
    },
    take(item) {
      taken += 1
      // The shape is the server's promise, as that of an answer is.
      const one = item as SessionItem
      if (one.kind === "opened") session = one.session
      if (format === "stream-json") stdout.write(`${JSON.stringify(one)}\n`)
      if (format !== "text") return
      shown.take(one)
      if (shown.busyWith !== undefined) view.show({ phase: "turn", message: shown.busyWith })
    },
    end({ output }) {
      view.clear()
      shown.settle()
      if (format === "stream-json") stdout.write(`${JSON.stringify({ kind: "result", ...(output as object) })}\n`)
      if (format === "json") stdout.write(`${JSON.stringify(output, null, 2)}\n`)
      if (format === "text" && isOutcome(output)) note(summary(output, noteInk))
      return format !== "text" || isOutcome(output)
    },
    again() {
      view.clear()
      shown.settle()
      if (format === "text") note(`${painted(noteInk.warning, "The server went away. The turn goes on.")}\n`)
    },
    cut() {
      view.clear()
      shown.settle()
      if (session !== undefined && format === "text")
        note(`${painted(noteInk.quiet, `Go on: duck run --session ${session}`)}\n`)
    },
  }
}

const isOutcome = (output: unknown): output is TurnOutcome =>
  typeof output === "object" && output !== null && "session" in output && "how" in output

/** What changed, what was not allowed, what it cost and how to go on. */
function summary(outcome: TurnOutcome, ink: ReturnType<typeof inkOf>): string {
  const { files, denied, steps, inputTokens, outputTokens, costUsd, session } = outcome
  const lines: string[] = []
  if (files.length > 0) lines.push(files.map(({ path, did }) => `${did} ${path}`).join("\n"))
  if (denied.length > 0) {
    const names = [...new Set(denied.map(({ name }) => name))].join(", ")
    lines.push(
      painted(
        ink.warning,
        `${count(denied.length, "call")} not allowed (${names}). --allow or --mode lets more through.`,
      ),
    )
  }
  const cost =
    costUsd === null
      ? "cost unknown"
      : `$${costUsd > 0 && costUsd < 0.01 ? costUsd.toPrecision(2) : costUsd.toFixed(2)}`
  const tokens = `${count(inputTokens, "token")} in, ${count(outputTokens, "token")} out`
  lines.push(
    painted(ink.quiet, `${count(steps, "step")}, ${tokens}, ${cost}. Go on: duck run --session ${session} "..."`),
  )
  return `\n${lines.join("\n")}\n`
}
