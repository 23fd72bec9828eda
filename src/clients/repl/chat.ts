import { join } from "node:path"
import { asDuckError, exitCodes } from "../../base/errors.ts"
import type { CommandAnswer, Rendering } from "../../base/wire.ts"
import type { Manifest } from "../../commands/manifest.ts"
import type { SessionItem } from "../../commands/session/item.ts"
import { commandHelp } from "../cli/help.ts"
import type { Piped } from "../cli/piped.ts"
import { paints } from "../cli/terminal.ts"
import type { Address } from "../sdk/types.ts"
import { complete } from "./complete.ts"
import { inkOf, painted } from "./ink.ts"
import { type Question, readAnswer, shownQuestion } from "./question.ts"
import { type Output, screenOn } from "./screen.ts"
import { readSlash, slashNames } from "./slash.ts"
import { type Talk, talk } from "./talk.ts"
import { transcript } from "./transcript.ts"
import { type TypedLine, typedLine } from "./typed-line.ts"

export interface ChatOptions {
  readonly manifest: Manifest
  readonly project: string
  /** Where the user's history is kept. */
  readonly stateFolder: string
  readonly input: NodeJS.ReadStream & Piped
  readonly output: Output
  readonly hasColor: boolean
  readonly rendering: Rendering
  address(): Promise<Address>
  /** Fires when the terminal goes away. */
  readonly signal: AbortSignal
  onLeave(restore: () => void): void
}

/** The conversation to be in. */
export interface Entered {
  readonly session: string
  readonly mode: string
  readonly message?: string | undefined
}

const modes = ["ask", "accept-edits", "auto", "plan"]
/** Two presses this close together leave. */
const twiceMs = 2_000

/** Talks until the person leaves; gives the exit code. */
export function runChat(entered: Entered, options: ChatOptions): Promise<number> {
  const { manifest, output, rendering, signal } = options
  const ink = inkOf(options.hasColor)
  const screen = screenOn(output)
  const own: string[] = []
  const questions: Question[] = []
  let { session, mode } = entered
  let before = session
  let isBusy = false
  let lastInterruptAt = Number.NEGATIVE_INFINITY

  const note = (text: string) => screen.print(`${text}\n`)
  const quiet = (text: string) => note(painted(ink.quiet, text))
  const fail = (thrown: unknown) => {
    const { message, hint } = asDuckError(thrown)
    note(painted(ink.bad, message))
    if (hint) quiet(hint)
  }

  let shown = newTranscript()
  function newTranscript() {
    return transcript({
      say: screen.print,
      note: screen.print,
      ink,
      noteInk: ink,
      width: () => output.columns ?? 80,
      isOwn(text) {
        const at = own.indexOf(text)
        if (at >= 0) own.splice(at, 1)
        return at >= 0
      },
      onAsked(question) {
        if (questions.some(({ call }) => call === question.call)) return
        questions.push(question)
        if (questions.length === 1) ask()
      },
      onAnswered(call) {
        const at = questions.findIndex((one) => one.call === call)
        if (at >= 0) questions.splice(at, 1)
        settle()
      },
    })
  }
  const ask = () => {
    const [question] = questions
    if (question) note(shownQuestion(question, ink))
    settle()
  }
  /** Prompt and visibility of the line that is typed, after whatever has changed. */
  const settle = () => {
    const [question] = questions
    typed.setPrompt(question ? (question.prompt ?? "allow? y/n/a(lways) › ") : mode === "ask" ? "› " : `${mode} › `)
    screen.showInput(!isBusy || questions.length > 0 || typed.text !== "")
  }

  const take = (item: SessionItem) => {
    if (item.kind === "opened") {
      questions.length = 0
      mode = item.mode
      isBusy = item.isRunning
    }
    if (item.kind === "event" && item.type === "mode.changed") mode = item.data.mode
    if (item.kind === "event" && item.type === "turn.started") isBusy = true
    shown.take(item)
    if (item.kind === "turn-ended") {
      isBusy = false
      questions.length = 0
    }
    if (item.kind === "opened" || item.kind === "turn-ended" || item.kind === "event") settle()
  }
  const link: Talk = talk({
    address: options.address,
    project: options.project,
    onItem: take,
    onAway(comesBack) {
      shown.settle()
      isBusy = false
      quiet(
        comesBack
          ? "The server went away; what was under way goes on with the next."
          : "The server stopped. It starts again when you say something.",
      )
      settle()
    },
    onFailure: fail,
  })

  const enter = (next: string) => {
    if (next !== session) before = session
    session = next
    shown = newTranscript()
    link.enter(next)
  }
  const say = async (text: string) => {
    own.push(text)
    link.enter(session)
    await link.run("session.say", { session, text })
  }
  const answer = async (line: string) => {
    const question = questions[0]
    if (!question) return
    await link.run("session.answer", { session, call: question.call, ...readAnswer(line, question) })
  }
  const interrupt = () => {
    link.run("session.interrupt", { session }).catch(fail)
  }
  const setMode = (next: string) => link.run("session.set", { session, mode: next })

  const begin = async (more: object = {}) => {
    const { output: made } = await link.run("session.start", { mode, ...more })
    enter(idIn(made))
  }

  const slash = async (line: string): Promise<void> => {
    const wanted = readSlash(line, manifest, session)
    if (wanted.kind === "command") {
      const { name } = wanted.command
      const ran: CommandAnswer = await link.run(name, wanted.input, { ...rendering, width: output.columns ?? 80 })
      screen.print(ran.rendered ?? "")
      if (name === "session.branch") enter(idIn(ran.output))
      return
    }
    const { name, rest } = wanted
    switch (name) {
      case "help": {
        const words = rest.split(/[\s.]+/).filter(Boolean)
        const about = manifest.commands.find((one) => words.length > 0 && one.words.join(" ") === words.join(" "))
        const look = { paints: paints(options.hasColor), width: output.columns ?? 80 }
        return note(about ? commandHelp(about, look) : helpText(manifest, ink))
      }
      case "new":
        return begin()
      case "clear":
        screen.print("\x1b[2J\x1b[H")
        return begin()
      case "resume": {
        const { output: found } = await link.run("session.info", { session: rest || before })
        enter((found as { session: { id: string } }).session.id)
        return quiet(`In "${(found as { session: { title: string } }).session.title}".`)
      }
      case "mode":
        if (rest === "") return quiet(`The mode is ${mode}. There are: ${modes.join(", ")}.`)
        return void (await setMode(rest))
      case "model":
        if (rest === "") return void (await slash("/info"))
        return void (await link.run("session.set", { session, model: rest === "default" ? "" : rest }))
      case "exit":
        return leave()
    }
  }

  const onLine = (line: string) => {
    const text = line.trim()
    const work = async () => {
      if (questions.length > 0) await answer(text)
      else if (text === "") return
      else if (/^\/[a-z?]/.test(text)) await slash(text)
      else if (text.startsWith("!"))
        quiet("Programs are run by the assistant, which asks first: say what you want to know.")
      else await say(mentions(text))
    }
    work().catch(fail).finally(settle)
  }

  const { promise, resolve } = Promise.withResolvers<number>()
  let hasLeft = false
  const restore = () => {
    if (hasLeft) return
    hasLeft = true
    shown.settle()
    screen.showInput(false)
    typed.close()
    link.close()
  }
  const leave = () => {
    restore()
    output.write(`${painted(ink.quiet, `The conversation is kept: duck chat --session ${session}`)}\n`)
    resolve(exitCodes.done)
  }
  const typed: TypedLine = typedLine({
    input: options.input,
    screen,
    historyPath: join(options.stateFolder, "chat-history"),
    write: (text) => output.write(text),
    onLine,
    onKey(key) {
      if (key === "escape" && isBusy) interrupt()
      if (key === "typing" && !screen.isInputShown) screen.showInput(true)
      if (key === "cycle-mode") setMode(modes[(modes.indexOf(mode) + 1) % modes.length] ?? "ask").catch(fail)
    },
    onInterrupt() {
      const at = performance.now()
      const isTwice = at - lastInterruptAt < twiceMs
      lastInterruptAt = at
      if (isTwice) return leave()
      if (typed.text !== "") {
        typed.clear()
        lastInterruptAt = Number.NEGATIVE_INFINITY
      } else if (isBusy) interrupt()
      else quiet("Ctrl-C again leaves.")
    },
    onEnd: leave,
    complete: (line) => complete(line, manifest, (text) => link.run("suggest", { text })),
  })
  options.onLeave(restore)
  signal.addEventListener(
    "abort",
    () => {
      restore()
      resolve(exitCodes.interrupted)
    },
    { once: true },
  )
  quiet("/help lists what can be typed; Ctrl-D leaves.")
  link.enter(session)
  if (entered.message !== undefined && entered.message !== "") say(mentions(entered.message)).catch(fail)
  else settle()
  return promise
}

/** `@src/a.ts` is the file's path: the assistant reads it. */
const mentions = (text: string) => text.replaceAll(/(^|\s)@([\w./-]*[\w/-])/g, "$1$2")

const idIn = (output: unknown): string => String((output as { readonly id: unknown }).id)

function helpText(manifest: Manifest, ink: ReturnType<typeof inkOf>): string {
  const names = [...slashNames(manifest)]
  const width = Math.max(...names.map(([name]) => name.length))
  const list = names.map(([name, says]) => `  /${name.padEnd(width)}  ${painted(ink.quiet, says)}`)
  return [
    "Type what you want. While the assistant works, what you type steers it.",
    ...list,
    `  @path  ${painted(ink.quiet, "names a file; Tab completes it")}`,
    `  """    ${painted(ink.quiet, "begins and ends several lines; so do a backslash at the end, Ctrl+J and Shift+Enter")}`,
    `  Keys:  ${painted(ink.quiet, "Esc or Ctrl-C interrupts, twice Ctrl-C leaves, Shift+Tab sets the mode, Ctrl+R searches what was typed")}`,
  ].join("\n")
}
