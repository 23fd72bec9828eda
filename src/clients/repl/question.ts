import { harmless, type Ink, painted } from "./ink.ts"
import { callGist } from "./tool-line.ts"

/** What a turn asks of the person. */
export interface Question {
  readonly call: string
  readonly question: string
  readonly why: string
  readonly prompt?: string
}

/** The assistant wants to know something, rather than to be allowed something. */
const isOpen = ({ why }: Question) => why === "The assistant asks."

export function shownQuestion(question: Question, ink: Ink): string {
  const text = harmless(question.question)
  if (isOpen(question)) return `${painted(ink.bold, text)}\n${painted(ink.quiet, "Type your answer.")}`
  const [, name = "", args] = /^(\S+) (\{[\s\S]*\})$/.exec(text) ?? []
  const what = args === undefined ? text : callGist(name, args)
  return `${painted(ink.warning, "May it?")} ${painted(ink.bold, what)}\n${painted(ink.quiet, `${harmless(question.why)}\ny: this once, a: always in this conversation, n: no, or say what to do instead`)}`
}

/** What was typed, as the input of `session.answer`. */
export function readAnswer(line: string, question: Question) {
  if (isOpen(question)) return line === "" ? { answer: "no" } : { answer: "yes", note: line }
  const word = line.toLowerCase()
  if (word === "y" || word === "yes") return { answer: "yes" }
  if (word === "a" || word === "always") return { answer: "yes", for: "session" }
  if (word === "" || word === "n" || word === "no") return { answer: "no" }
  return { answer: "no", note: line }
}
