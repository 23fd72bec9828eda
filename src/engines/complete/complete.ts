import type { Clock } from "../../base/clock.ts"
import { asDuckError } from "../../base/errors.ts"
import { abortable, throwIfAborted } from "../../base/signal.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import type { LanguageServer, ServedCompletion } from "../../code/language-servers/language-servers.ts"
import type { OpenFile } from "../../context/context.ts"
import { ModelError } from "../../models/errors.ts"
import type { EngineTools } from "../pipeline/engine.ts"
import type { Completer } from "./completer.ts"
import { type CompletionPlace, type Cursor, cursorIn } from "./cursor.ts"
import { filled } from "./fill.ts"
import { neighbourhood } from "./neighbourhood.ts"
import type { Suggestion } from "./suggestion.ts"

export interface CompleteOptions {
  /** Most suggestions; of a model's, so many are asked for, but no more than `mostFills`. */
  readonly most: number
  /** Who asks: a later question of the same editor takes the place of this one. "" is nobody. */
  readonly client: string
  /** What a model wrote for one person is not another's. */
  readonly user: string
  /** A model is asked only when so long nothing else was asked. */
  readonly debounceMs: number
  /** How long to wait for the project to be learned, should that not be done. */
  readonly patienceMs: number
  readonly model: string
  /** Files that are open beside this one, the one in front first; only a model is told of them. */
  readonly open: readonly OpenFile[]
  readonly signal: AbortSignal
}

export interface CompleteTools {
  readonly index: CodeIndex
  readonly completer: Completer
  readonly clock: Clock
  /** One that runs; nothing is started for a completion. */
  readonly server: LanguageServer | undefined
  /** One that is slower has no word in it; default 60. */
  readonly servedWithinMs?: number | undefined
  /** Undefined: without a model. Called only when one is to be asked. */
  readonly engine: (() => Promise<EngineTools>) | undefined
}

export interface Completion {
  readonly cursor: Cursor
  readonly suggestions: readonly Suggestion[]
  readonly madeBy: "model" | "index"
  /** The one that was asked, whether or not it had something to put in. */
  readonly model: string | null
  /** Nobody was asked: it is what is left of an earlier answer. */
  readonly isRemembered: boolean
  /** The language server that had a word in it. */
  readonly server: string | null
  /** Whether the project's habits are known yet. */
  readonly isLearned: boolean
  readonly problem: { readonly code: string; readonly message: string; readonly hint?: string | undefined } | null
  readonly inputTokens: number
  readonly outputTokens: number
  readonly costUsd: number | null
}

const mostFills = 5
const budgetTokens = 1_500

/**
 * What may be put in at a place: what a model writes, where one is connected, and names, members, modules and idioms of
 * the project. Throws the reason of the signal, and CancelledError where the same client has asked again.
 */
export async function complete(
  place: CompletionPlace,
  { most, client, user, debounceMs, patienceMs, model, open, signal: outer }: CompleteOptions,
  tools: CompleteTools,
): Promise<Completion> {
  const { index, completer, clock, server, servedWithinMs = 60, engine } = tools
  return completer.turns.take(client === "" ? "" : JSON.stringify([user, client]), outer, async (signal) => {
    const cursor = cursorIn(place)
    await learned(completer, cursor.language, patienceMs, signal)
    throwIfAborted(signal)
    const served = await servedAt(place, server, servedWithinMs, signal)
    const suggestions = completer.suggest(place, { most, served: served ?? [] })
    const known = {
      cursor,
      server: served && server ? server.name : null,
      isLearned: completer.known(cursor.language) !== undefined,
    }
    const alone: Completion = {
      ...{ ...known, suggestions, madeBy: "index", model: null, isRemembered: false, problem: null },
      ...{ inputTokens: 0, outputTokens: 0, costUsd: null },
    }
    if (!engine) return alone
    const withFills = (texts: readonly string[]) =>
      [...texts.map((text) => fillOf(cursor, text)), ...suggestions].slice(0, most)
    const key = JSON.stringify([user, client, model])
    const recalled = completer.remembered.recall(key, place)
    if (recalled) return { ...alone, suggestions: withFills(recalled), madeBy: "model", isRemembered: true }
    await clock.sleep(debounceMs, signal)
    try {
      const full = await engine()
      const lexicon = completer.known(cursor.language)
      const neighbours = await neighbourhood(cursor, { index, lexicon, budgetTokens, open })
      const candidates = Math.min(most, mostFills)
      const { texts, ...facts } = await filled(cursor, neighbours, full, { model, candidates, signal, said: full.said })
      const kept = await withinTheRules(texts, cursor, full, signal)
      completer.remembered.keep(key, place, kept)
      return { ...alone, ...facts, suggestions: withFills(kept), madeBy: kept.length > 0 ? "model" : "index" }
    } catch (thrown) {
      throwIfAborted(signal)
      if (!(thrown instanceof ModelError)) throw thrown
      const { code, message, hint } = asDuckError(thrown)
      return { ...alone, problem: { code, message, hint } }
    }
  })
}

const fillOf = ({ offset }: Cursor, text: string): Suggestion => ({
  ...{ text, start: offset, end: offset, kind: "fill", detail: "", why: "written by a model", score: 1, edits: [] },
})

/** Waits for the first learning, but not long. */
async function learned(completer: Completer, language: string, patienceMs: number, signal: AbortSignal): Promise<void> {
  if (patienceMs <= 0 || completer.known(language)) return
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, patienceMs)
  // What can't be learned now is done without.
  completer.learn(language).then(
    () => resolve(),
    () => resolve(),
  )
  await abortable(signal, () => promise).finally(() => clearTimeout(timer))
}

async function servedAt(
  place: CompletionPlace,
  server: LanguageServer | undefined,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<readonly ServedCompletion[] | undefined> {
  if (!server?.can("completion")) return undefined
  try {
    const found = await server.completion(place, { timeoutMs, signal })
    return [...found].sort((a, b) => (a.sortText < b.sortText ? -1 : a.sortText > b.sortText ? 1 : 0))
  } catch {
    throwIfAborted(signal)
    return undefined
  }
}

/** Without what breaks a hard rule that held before. */
async function withinTheRules(
  texts: readonly string[],
  { path, text, offset }: Cursor,
  { rulesCritic }: EngineTools,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const broken = async (whole: string) => {
    let errors = 0
    for await (const { severity } of rulesCritic({ path, text: whole }, signal)) if (severity === "error") errors++
    return errors
  }
  if (texts.length === 0) return texts
  const already = await broken(text)
  const kept: string[] = []
  for (const one of texts) {
    if ((await broken(text.slice(0, offset) + one + text.slice(offset))) <= already) kept.push(one)
  }
  return kept
}
