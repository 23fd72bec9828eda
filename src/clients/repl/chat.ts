import { join } from "node:path"
import { asDuckError, exitCodes } from "../../base/errors.ts"
import { count } from "../../base/text.ts"
import type { Rendering } from "../../base/wire.ts"
import type { Manifest } from "../../commands/manifest.ts"
import type { SessionItem } from "../../commands/session/item.ts"
import type { Piped } from "../cli/piped.ts"
import type { Address, OutputOf } from "../sdk/types.ts"
import { asking } from "./asking.ts"
import { complete } from "./complete.ts"
import { draftsIn } from "./draft.ts"
import { hybrid } from "./hybrid.ts"
import { inkOf, painted } from "./ink.ts"
import { paged } from "./pager.ts"
import { type Question, readAnswer, shownQuestion } from "./question.ts"
import { rewind } from "./rewind.ts"
import { type Output, screenOn } from "./screen.ts"
import { modes } from "./slash.ts"
import { slashCommands } from "./slash-commands.ts"
import { type Talk, talk } from "./talk.ts"
import { transcript } from "./transcript.ts"
import { trustNotice } from "./trust-notice.ts"
import { type TypedLine, typedLine } from "./typed-line.ts"
import { wholeTurn } from "./whole-turn.ts"

export interface ChatOptions {
  readonly manifest: Manifest
  readonly project: string
  /** Where the user's history is kept. */
  readonly stateFolder: string
  readonly env: NodeJS.ProcessEnv
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

/** Two presses this close together leave, or go back. */
const twiceMs = 2_000

/** Talks until the person leaves; gives the exit code. */
export function runChat(entered: Entered, options: ChatOptions): Promise<number> {
  const { output, signal } = options
  const ink = inkOf(options.hasColor)
  const screen = screenOn(output)
  const drafts = draftsIn(options.stateFolder)
  const own: string[] = []
  const questions: Question[] = []
  let { session, mode } = entered
  let before = session
  let isBusy = false
  /** Messages that have not reached the server. */
  const unsent: string[] = []
  /** What was typed stands here while it is asked whether to leave without saying it. */
  let asideWhileAsked = ""
  let interruptedAt = Number.NEGATIVE_INFINITY
  let escapedAt = Number.NEGATIVE_INFINITY

  const width = () => output.columns ?? 80
  const rendering = () => ({ ...options.rendering, width: width() })
  const note = (text: string) => screen.print(`${text}\n`)
  const quiet = (text: string) => note(painted(ink.quiet, text))
  const fail = (thrown: unknown) => {
    const { message, hint } = asDuckError(thrown)
    note(painted(ink.bad, message))
    if (hint) quiet(hint)
  }

  let whole = wholeTurn()
  let shown = newTranscript()
  function newTranscript() {
    return transcript({
      say: screen.print,
      note: screen.print,
      ink,
      noteInk: ink,
      width,
      isOwn(text) {
        const at = own.indexOf(text)
        if (at >= 0) own.splice(at, 1)
        return at >= 0
      },
      onAsked(question) {
        if (questions.some(({ call }) => call === question.call)) return
        questions.push(question)
        if (questions.length === 1) showQuestion()
      },
      onAnswered(call) {
        const at = questions.findIndex((one) => one.call === call)
        if (at >= 0) questions.splice(at, 1)
        if (at === 0) showQuestion()
        settle()
      },
    })
  }
  const showQuestion = () => {
    const [question] = questions
    if (question) note(shownQuestion(question, ink))
    settle()
  }
  /** Prompt and visibility of the line that is typed, after whatever has changed. */
  const settle = () => {
    const [question] = questions
    const usual = mode === "ask" ? "› " : `${mode} › `
    typed.setPrompt(dialogue.prompt ?? (question ? (question.prompt ?? "allow? y/n/a(lways) › ") : usual))
    const isAsked = dialogue.prompt !== undefined || questions.length > 0
    if (!isBusy || isAsked) screen.endLine()
    screen.showInput(!isBusy || isAsked || typed.text !== "")
  }
  const dialogue = asking(() => settle())

  const take = (item: SessionItem) => {
    if (item.kind === "opened") {
      questions.length = 0
      mode = item.mode
      isBusy = item.isRunning
    }
    if (item.kind === "event" && item.type === "mode.changed") mode = item.data.mode
    if (item.kind === "event" && item.type === "turn.started") isBusy = true
    shown.take(item)
    whole.take(item)
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
    whole = wholeTurn()
    link.enter(next)
  }
  /** What the server has not taken stands in the line again. */
  const send = async (text: string, name: string, input: object) => {
    own.push(text)
    unsent.push(text)
    link.enter(session)
    try {
      await link.run(name, { session, ...input })
    } catch (error) {
      own.splice(own.lastIndexOf(text), 1)
      if (typed.text === "") typed.set(text)
      throw error
    } finally {
      unsent.splice(unsent.indexOf(text), 1)
    }
  }
  const say = (text: string, data?: string) => {
    const words = mentions(text)
    return send(words, "session.say", { text: words, ...(data === undefined ? {} : { data }) })
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
  const begin = async () => {
    const { output: made } = await link.run("session.start", { mode })
    enter((made as OutputOf<"session.start">).id)
  }
  const goBack = async () => {
    const look = { link, session, rendering: rendering(), ink, width: width() }
    const chosen = await rewind({ ...look, print: screen.print, ask: dialogue.ask })
    if (!chosen) return
    if (chosen.isFirst) await begin()
    typed.set(chosen.text)
  }

  const slashes = slashCommands({
    manifest: options.manifest,
    project: options.project,
    hasColor: options.hasColor,
    ink,
    link,
    rendering,
    session: () => session,
    before: () => before,
    mode: () => mode,
    print: screen.print,
    clear: screen.clear,
    quiet,
    say,
    enter,
    begin,
    rewind: goBack,
    setMode,
    leave: () => askToLeave(),
  })

  /** One after the other: what is said second must not arrive first while it is found out what the first one means. */
  let lastWords: Promise<void> = Promise.resolve()
  const speak = (text: string): Promise<void> => {
    const mine = lastWords.then(() =>
      isBusy ? say(text) : hybrid(text, { link, quiet, ask: dialogue.ask, slash: slashes.run, say, fail }),
    )
    lastWords = mine.catch(() => {})
    return mine
  }
  const showWhole = () => {
    const text = whole.text
    if (text === "") return quiet("Nothing was answered or run since your last message.")
    typed.lend(() => paged(text, options.env))
  }
  const onLine = (line: string) => {
    const text = line.trim()
    const work = async () => {
      if (dialogue.prompt !== undefined) return dialogue.answer(text)
      if (questions.length > 0) return answer(text)
      if (text === "") return
      const program = /^!\s*(\S[\s\S]*)$/.exec(text)?.[1]
      if (/^\/[a-z?]/i.test(text) || text === "?") await slashes.run(text === "?" ? "/help" : text)
      else if (program !== undefined) await send(`!${program}`, "session.shell", { command: program })
      else await speak(text)
    }
    work().catch(fail).finally(settle)
  }

  const { promise, resolve } = Promise.withResolvers<number>()
  let hasLeft = false
  const restore = () => {
    if (hasLeft) return
    hasLeft = true
    drafts.keep(session, [...unsent, asideWhileAsked || typed.text].join("\n").trimStart())
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
  /** What was typed and not said is not lost without a word. */
  const askToLeave = () => {
    const isLeaving = dialogue.prompt?.startsWith(leaving) === true
    const what = [
      ...(typed.text === "" ? [] : ["what you typed is not said"]),
      ...(unsent.length === 0 ? [] : [`${count(unsent.length, "message")} did not reach the server`]),
    ]
    if (isLeaving) asideWhileAsked = ""
    if (what.length === 0 || isLeaving) return leave()
    asideWhileAsked = typed.text
    typed.clear()
    dialogue
      .ask(`${leaving} ${what.join(", and ")} (y/n) › `)
      .then((said) => {
        const text = asideWhileAsked
        asideWhileAsked = ""
        if (/^y(es)?$/i.test(said?.trim() ?? "")) return leave()
        if (text !== "") typed.set(text)
      })
      .catch(fail)
  }
  const typed: TypedLine = typedLine({
    input: options.input,
    screen,
    historyPath: join(options.stateFolder, "chat-history"),
    env: options.env,
    write: (text) => output.write(text),
    onLine,
    onKey(key) {
      if (key === "escape") onEscape()
      if (key === "typing" && !screen.isInputShown) screen.showInput(true)
      if (key === "show-whole") showWhole()
      if (key === "cycle-mode") setMode(modes[(modes.indexOf(mode) + 1) % modes.length] ?? "ask").catch(fail)
    },
    onInterrupt() {
      const at = performance.now()
      const isTwice = at - interruptedAt < twiceMs
      interruptedAt = at
      if (dialogue.prompt !== undefined && !isTwice) return dialogue.cancel()
      if (typed.text !== "") {
        typed.clear()
        interruptedAt = Number.NEGATIVE_INFINITY
      } else if (isTwice) askToLeave()
      else if (isBusy) interrupt()
      else quiet("Ctrl-C again leaves.")
    },
    onEnd: (isOver) => (isOver ? leave() : askToLeave()),
    onFailure: fail,
    complete: async (line) => {
      const { manifest } = options
      await slashes.ready()
      const names = [...slashes.own.keys()]
      return complete(line, {
        manifest,
        own: names,
        history: typed.history,
        run: (name, input) => link.run(name, input),
      })
    },
  })
  /** Once: interrupts, or takes back what this terminal asks. Twice on an empty line: goes back to an earlier message. */
  const onEscape = () => {
    const at = performance.now()
    const isTwice = at - escapedAt < twiceMs
    escapedAt = at
    if (dialogue.prompt !== undefined) {
      escapedAt = Number.NEGATIVE_INFINITY
      return dialogue.cancel()
    }
    if (isBusy) return interrupt()
    if (!isTwice || typed.text !== "" || questions.length > 0) return
    escapedAt = Number.NEGATIVE_INFINITY
    goBack().catch(fail).finally(settle)
  }
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
  slashes.ready().catch(fail)
  trustNotice(link)
    .then((notice) => notice && quiet(notice))
    .catch(fail)
  const draft = drafts.take(session)
  if (entered.message !== undefined && entered.message !== "") say(entered.message).catch(fail)
  else settle()
  if (draft !== "") typed.set(draft)
  return promise
}

const leaving = "Leave?"

/** `@src/a.ts` is the file's path: the assistant reads it. */
const mentions = (text: string) => text.replaceAll(/(^|\s)@([\w./-]*[\w/-])/g, "$1$2")
