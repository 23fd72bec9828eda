import { createHash } from "node:crypto"
import { CancelledError } from "../base/errors.ts"
import { abortable } from "../base/signal.ts"
import type { Logger } from "../observe/log.ts"
import type { Git } from "../workspace/git.ts"
import { type TreeWatch, watchTree } from "../workspace/watch.ts"
import type { Batch } from "../workspace/watch-batch.ts"
import type { CodeIndex, IndexProgress, UpdateReport } from "./code-index.ts"
import type { ProjectPlace } from "./project-place.ts"

/** A folder people work in: its files, its repository where there is one, and its index, kept up to date meanwhile. */
export interface Project {
  /** The same for the same folder, always. */
  readonly id: string
  /** Canonical path of the top folder. */
  readonly root: string
  readonly git: Git | null
  /** Why `git` is null. */
  readonly gitAbsence: ProjectPlace["gitAbsence"]
  readonly index: CodeIndex
  /** How changes are heard of; null before watching has begun, and where it is off. */
  readonly watching: TreeWatch["mode"] | null
  /** What the running update is at; null when none runs. */
  readonly progress: IndexProgress | null
  /** Hears of the progress of updates; returns the function that stops it. */
  onProgress(listener: (progress: IndexProgress) => void): () => void
  /**
   * Resolves once the whole tree is indexed with everything heard of so far. Rejects with the error of an update that
   * failed; the next call tries again.
   */
  ready(signal?: AbortSignal): Promise<void>
  /** Looks at the whole tree again, whatever was heard of it. */
  refresh(signal?: AbortSignal): Promise<UpdateReport>
  close(): Promise<void>
}

export interface OpenProjectOptions {
  readonly place: ProjectPlace
  readonly index: CodeIndex
  readonly watches: boolean
  readonly logger: Logger
  /** Called once, when everything of the project has ended. */
  readonly onClosed: () => void
}

/** Starts indexing and watching; both go on in the background until `close`. */
export function openProject({ place, index, watches, logger, onClosed }: OpenProjectOptions): Project {
  const { root, git, gitAbsence } = place
  const closing = new AbortController()
  const listeners = new Set<(progress: IndexProgress) => void>()
  // What the next update has to look at: everything, or these paths.
  let wantsAll = true
  let wanted = new Set<string>()
  let wantsHistory = false
  let progress: IndexProgress | null = null
  let watcher: TreeWatch | undefined
  let running: Promise<void> | undefined
  let closed: Promise<void> | undefined

  const hear = (now: IndexProgress) => {
    progress = now.phase === "done" ? null : now
    for (const listener of listeners) listener(now)
  }
  const isWanting = () => wantsAll || wantsHistory || wanted.size > 0

  /** Updates until nothing is wanted any more. */
  const run = (): Promise<void> => {
    running ??= work().finally(() => {
      running = undefined
      progress = null
    })
    return running
  }
  async function work() {
    await starting
    while (isWanting() && !closing.signal.aborted) {
      const paths = wantsAll ? undefined : [...wanted]
      wantsAll = false
      wantsHistory = false
      wanted = new Set()
      try {
        await index.update({ ...(paths ? { paths } : {}), signal: closing.signal, onProgress: hear })
      } catch (error) {
        // What was not done is wanted again, by whoever asks next.
        if (paths) for (const path of paths) wanted.add(path)
        else wantsAll = true
        throw error
      }
    }
  }
  const runInBackground = () => {
    run().catch((error) => {
      if (!closing.signal.aborted) logger.error("indexing failed", { root, error })
    })
  }
  const onBatch = ({ paths, rescan, headMoved }: Batch) => {
    if (closing.signal.aborted) return
    if (rescan) wantsAll = true
    if (headMoved) wantsHistory = true
    for (const path of paths) wanted.add(path)
    index.markDirty(paths)
    runInBackground()
  }

  async function watch() {
    if (!watches) return
    const onProblem = (message: string, error: unknown) => logger.warn(message, { root, error })
    try {
      const begun = await watchTree(root, { onBatch, onProblem })
      if (closing.signal.aborted) await begun.close()
      else watcher = begun
    } catch (error) {
      logger.warn("changes are not followed: the folder can't be watched", { root, error })
    }
  }
  // Watching begins first: what changes while the tree is read for the first time is then not missed.
  const starting = watch()
  runInBackground()

  return {
    id: createHash("sha256").update(root).digest("hex").slice(0, 16),
    root,
    git,
    gitAbsence,
    index,
    get watching() {
      return watcher?.mode ?? null
    },
    get progress() {
      return progress
    },
    onProgress(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async ready(signal) {
      if (closing.signal.aborted) throw new CancelledError("The project was closed.")
      if (!running && !isWanting()) return
      await abortable(signal ? AbortSignal.any([signal, closing.signal]) : closing.signal, run)
    },
    async refresh(signal) {
      await starting
      return index.update(signal ? { signal, onProgress: hear } : { onProgress: hear })
    },
    close() {
      closed ??= (async () => {
        closing.abort(new CancelledError("The project was closed."))
        await starting
        await watcher?.close()
        await running?.catch(() => {})
        await index.close()
        onClosed()
      })()
      return closed
    },
  }
}
