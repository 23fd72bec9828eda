import { stripVTControlCharacters } from "node:util"
import { asDuckError } from "../../base/errors.ts"
import type { CommandAnswer } from "../../base/wire.ts"
import type { OutputOf } from "../sdk/types.ts"
import type { Talk } from "./talk.ts"

export interface HybridOptions {
  readonly link: Pick<Talk, "run">
  /** Says one line to the person, of less weight than an answer. */
  quiet(text: string): void
  ask(prompt: string): Promise<string | undefined>
  /** Runs a slash command and shows what it gives; throws what it throws. */
  slash(line: string): Promise<CommandAnswer | undefined>
  /** To the assistant. `data`: what goes with the words and is none of them. */
  say(text: string, data?: string): Promise<void>
  fail(error: unknown): void
}

/** As long as what a command says may be for the assistant to look at; the rest is for the person alone. */
const mostData = 100_000
const yes = /^y(es)?$/i

/**
 * What a person typed without a slash: a command is run, a question is said, and of both the command is run first and
 * what it says goes with the question. What was understood is shown in a line; a command that would change something is
 * asked about.
 */
export async function hybrid(text: string, options: HybridOptions): Promise<void> {
  const { quiet, ask, slash, say } = options
  const meant = await understood(text, options)
  if (meant.kind === "question") return say(text)
  const line = `/${meant.line}`
  const by = meant.by === "model" ? " (as a model reads it)" : ""
  if (meant.changes) {
    const answer = await ask(`${line} changes things: y runs it, n says it to the assistant › `)
    if (answer === undefined) return quiet("Nothing was done.")
    if (!yes.test(answer.trim())) return say(text)
  } else quiet(`Understood${by}: ${line}${meant.kind === "both" ? `, then "${meant.question}"` : ""}`)
  if (meant.kind === "command") {
    await slash(line)
    return
  }
  let data: string
  try {
    data = stripVTControlCharacters((await slash(line))?.rendered ?? "")
  } catch (error) {
    options.fail(error)
    data = asDuckError(error).message
  }
  await say(text, `What \`duck ${meant.line}\` says:\n${data.slice(0, mostData)}`)
}

const aQuestion = { kind: "question", line: "", changes: false, question: "", by: "rule" } as const

async function understood(text: string, { link }: HybridOptions): Promise<OutputOf<"interpret">> {
  // What was pasted or composed is meant as it stands.
  if (text.includes("\n")) return aQuestion
  try {
    return (await link.run("interpret", { text })).output as OutputOf<"interpret">
  } catch (error) {
    // A server that is older, or at its limit: the words count, not what they might mean.
    if (asDuckError(error).status === 404 || asDuckError(error).code === "TIMEOUT") return aQuestion
    throw error
  }
}
