import type { Clock } from "../../base/clock.ts"
import { asDuckError, type DuckError } from "../../base/errors.ts"
import { abortable, throwIfAborted } from "../../base/signal.ts"
import type { Logger } from "../../observe/log.ts"
import type { MeaningNote, MeaningStatus } from "../code-index.ts"
import type { View } from "../index/view.ts"
import { breather } from "./breather.ts"
import type { Embedder, EmbedderOf } from "./embedder.ts"
import { embeddingPass } from "./embedding-pass.ts"
import { type Among, contentRows, type Likeness, nearest } from "./nearest.ts"
import { queryVectors, queryWithinMs } from "./query-vectors.ts"
import { soon } from "./soon.ts"
import type { Vectors } from "./vectors.ts"

/** What search by meaning found, or why it found nothing. */
export interface Meaning {
  readonly likeness: Likeness | undefined
  readonly note: MeaningNote
}

/** Search by meaning in one tree: vectors that follow it in the background, and questions about them. */
export interface Meanings {
  /**
   * Embeds what has no vector yet, in the background; several calls become one. `now`: even where it waits after a
   * failure.
   */
  wake(options?: { readonly now?: boolean }): void
  /** Null where no model is chosen. */
  status(): MeaningStatus | null
  /** Undefined where no model is chosen. Rejects with the signal's reason, and with nothing else. */
  like(text: string, among: Among, signal: AbortSignal | undefined): Promise<Meaning | undefined>
  /** Resolves when all that could be embedded now is: what waits after a failure is not waited for. */
  settled(): Promise<void>
  /** Ends with the signal that it was opened with; resolves when nothing runs any more. */
  closed(): Promise<void>
}

export interface MeaningsOptions {
  readonly root: string
  /** The tree as it is now. */
  readonly view: () => View
  readonly vectors: () => Vectors
  readonly embedder: EmbedderOf
  readonly clock: Clock
  readonly logger: Logger
  readonly signal: AbortSignal
}

/** After a failure the next try is so much later, twice as long each time. */
const firstRetryMs = 2_000
const lastRetryMs = 300_000
/** Even where the failure says that it will last longer: settings may have changed. */
const longestWaitMs = 900_000

type Counts = Pick<MeaningStatus, "chunks" | "embedded">
const nothingKnown: Counts = { chunks: 0, embedded: 0 }

export function openMeanings({ root, view, vectors, embedder, clock, logger, signal }: MeaningsOptions): Meanings {
  const questions = queryVectors({ clock, signal })
  const rowsOf = contentRows(() => vectors().hashes)
  let counts: Counts & { readonly model: string } = { model: "", ...nothingKnown }
  let problem: MeaningStatus["problem"] = null
  let running: Promise<void> | undefined
  let isWanted = false
  let waiting: { readonly model: string; readonly end: AbortController } | undefined
  let state: MeaningStatus["state"] = "waiting"
  let onRest: (() => void)[] = []
  const rests = () => {
    for (const hear of onRest) hear()
    onRest = []
  }

  const run = async () => {
    let failures = 0
    while (isWanted && !signal.aborted) {
      isWanted = false
      const chosen = embedder()
      if (!chosen) {
        state = "waiting"
        return
      }
      state = "embedding"
      const before = counts.embedded
      try {
        const isDone = await vectors().inTurn(() => pass(chosen))
        problem = null
        failures = 0
        if (!isDone) isWanted = true
        else state = "done"
      } catch (thrown) {
        if (signal.aborted) return
        isWanted = true
        failures = counts.embedded > before ? 1 : failures + 1
        await waitAfter(asDuckError(thrown), failures, chosen)
      }
    }
  }
  const pass = (chosen: Embedder) => {
    const tree = view()
    return embeddingPass({
      view: tree,
      vectors: vectors(),
      embedder: chosen,
      // A view that memory was read anew for may give other texts for the same numbers.
      isWanted: () => embedder()?.id === chosen.id && view() === tree,
      onCount: (count) => {
        counts = { model: chosen.id, ...count }
      },
      signal,
    })
  }
  const waitAfter = async (error: DuckError, failures: number, { id }: Embedder) => {
    const waitMs = retryAfterMs(error, failures, clock.now())
    const { code, message, hint } = error
    const retryAt = new Date(clock.now() + waitMs).toISOString()
    problem = { code, message, ...(hint === undefined ? {} : { hint }), retryAt }
    state = "waiting"
    logger.warn("embedding pauses", { root, model: id, code, why: message, retryAt })
    const end = new AbortController()
    waiting = { model: id, end }
    rests()
    await clock.sleep(waitMs, AbortSignal.any([signal, end.signal])).catch(() => {})
    waiting = undefined
  }

  const wake: Meanings["wake"] = ({ now = false } = {}) => {
    const chosen = embedder()
    if (!chosen || signal.aborted) return
    isWanted = true
    if (waiting && (now || waiting.model !== chosen.id)) waiting.end.abort()
    running ??= run()
      .catch((error) => logger.error("embedding ended", { root, error }))
      .finally(() => {
        running = undefined
        rests()
        // It may have been asked for between the last look and the end.
        if (isWanted && !signal.aborted) wake()
      })
  }

  return {
    wake,
    status() {
      const chosen = embedder()
      if (!chosen) return null
      const { model, ...count } = counts
      if (model !== chosen.id) return { model: chosen.id, ...nothingKnown, state: "waiting", problem: null }
      return { model, ...count, state, problem: state === "waiting" ? problem : null }
    },
    async like(text, among, caller) {
      const chosen = embedder()
      if (!chosen) return undefined
      const found = (detail: string, likeness?: Likeness): Meaning => ({
        likeness,
        note: { model: chosen.id, isUsed: likeness !== undefined, detail },
      })
      // Who changes the model should not have to wait for a file to change.
      if (counts.model !== chosen.id || (state === "waiting" && !running)) wake()
      try {
        const question = questions.vector(chosen, text)
        const breathe = breather()
        const reading = vectors().space(chosen.id, async () => {
          await breathe()
          throwIfAborted(signal)
        })
        const space = await soon(reading, { ms: queryWithinMs, clock, signal })
        if (!space) return found("the vectors are still being read from the disk")
        if (space.count === 0) return found("no passage has a vector yet")
        const vector = caller ? await abortable(caller, () => question) : await question
        if ("why" in vector) return found(vector.why)
        if (vector.bytes.length !== space.width) return found("the model's vectors have another width than before")
        const likeness = await nearest({ view: view(), space, rowsOf }, vector, among)
        throwIfAborted(caller)
        const { chunks, embedded } = counts
        const part = embedded < chunks ? `; ${embedded} of ${chunks} passages have a vector so far` : ""
        return found(`${likeness.top.length} passages are alike${part}`, likeness)
      } catch (thrown) {
        throwIfAborted(caller)
        // A search does without it.
        if (!signal.aborted) logger.warn("search by meaning failed", { root, error: thrown })
        return found(asDuckError(thrown).message)
      }
    },
    async settled() {
      if (running && !waiting) await new Promise<void>((resolve) => onRest.push(resolve))
    },
    async closed() {
      await running
      await questions.closed()
    },
  }
}

/** When to try again: as the failure says, else later each time. */
function retryAfterMs({ details }: DuckError, failures: number, nowMs: number): number {
  const { retryAfterMs: after, until } = details ?? {}
  const wait = Math.min(lastRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20))
  const asked = typeof after === "number" ? after : 0
  const upTo = typeof until === "string" ? Date.parse(until) - nowMs : 0
  return Math.min(longestWaitMs, Math.max(wait, asked, Number.isFinite(upTo) ? upTo : 0))
}
