import { type Clock, systemClock } from "../../base/clock.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { type Logger, silentLogger } from "../../observe/log.ts"
import type { Git } from "../../workspace/git.ts"
import type {
  Answer,
  CodeIndex,
  Freshness,
  IndexChange,
  IndexProgress,
  UpdateOptions,
  UpdateReport,
} from "../code-index.ts"
import { impactOf } from "../graph/impact.ts"
import { type Modules, moduleResolver } from "../graph/modules.ts"
import { rankFiles } from "../graph/rank.ts"
import { type Relations, relations } from "../graph/relations.ts"
import { definitionOf } from "../graph/resolve.ts"
import { readTarget, symbolAround, type Target } from "../graph/target.ts"
import { testsOf } from "../graph/tests-of.ts"
import type { CommitStore } from "../history/commit-store.ts"
import { historyOf } from "../history/history-of.ts"
import { ingestHistory } from "../history/ingest.ts"
import { uncommittedPaths } from "../history/uncommitted.ts"
import type { EmbedderOf } from "../search/embedder.ts"
import { openMeanings } from "../search/meaning.ts"
import { type NameIndex, nameIndex } from "../search/names.ts"
import { linesOf } from "../search/passage.ts"
import { search } from "../search/search.ts"
import type { Analyser } from "./analyser.ts"
import { loadRank, saveRank } from "./rank-store.ts"
import type { IndexStore } from "./store.ts"
import { type TreeUpdate, updateTree } from "./update.ts"
import { openView, type View } from "./view.ts"

export interface OpenIndexOptions {
  /** Canonical folder whose files are indexed. */
  readonly root: string
  readonly store: IndexStore
  readonly analyser: Analyser
  /** Null where there is no repository: everything but history works. */
  readonly git: Git | null
  /** The model for search by meaning that is chosen now, if any. */
  readonly embedder?: EmbedderOf | undefined
  readonly logger?: Logger
  readonly clock?: Clock
  /** Most commits of history that are read. */
  readonly maxCommits?: number
}

/** What is made from one generation of the store's memory. */
interface Parts {
  readonly generation: number
  readonly commits: CommitStore
  readonly view: View
  readonly names: NameIndex
  readonly modules: Modules
  readonly graph: Relations
}

/** The index of one worktree over a store that may be shared. `close` does not close the store. */
export function openIndex(options: OpenIndexOptions): CodeIndex {
  const { root, store, analyser, git, logger = silentLogger, clock = systemClock, maxCommits } = options
  const { now } = clock
  const listeners = new Set<(change: IndexChange) => void>()
  const dirty = new Set<string>()
  const closing = new AbortController()
  const readState = store.db.prepare("SELECT head, indexed_at, is_complete, rank_tree FROM worktree WHERE id = ?")
  let pending = 0
  let queue: Promise<unknown> = Promise.resolve()
  let background: Promise<unknown> = Promise.resolve()
  let current: Parts | undefined

  const parts = (): Parts => {
    if (current?.generation === store.generation) return current
    const { commits } = store
    const view = openView(store, commits, root)
    const modules = moduleResolver(view)
    view.setRank(loadRank(store.db, view))
    current = {
      generation: store.generation,
      commits,
      view,
      modules,
      names: nameIndex(view),
      graph: relations(view, modules),
    }
    return current
  }
  const meanings = openMeanings({
    root,
    view: () => parts().view,
    vectors: () => store.vectors(),
    embedder: options.embedder ?? (() => undefined),
    clock,
    logger,
    signal: closing.signal,
  })
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve))
  const tell = (change: IndexChange) => {
    for (const listener of listeners) listener(change)
  }

  const freshness = (): Freshness => {
    const tree = store.tree(root)
    const state = readState.get(tree.id)
    const { files, chunks, symbols } = tree.totals
    return {
      tree: tree.name,
      head: typeof state?.head === "string" ? state.head : null,
      dirtyFiles: [...dirty].sort(),
      files,
      chunks,
      symbols,
      indexedAt: typeof state?.indexed_at === "string" ? state.indexed_at : null,
      pending,
      isComplete: state?.is_complete === 1 && pending === 0 && dirty.size === 0,
    }
  }
  const answer = async <T>(work: (parts: Parts) => readonly T[]): Promise<Answer<T>> => ({
    items: work(parts()),
    freshness: freshness(),
  })
  const targetOf = ({ view, modules }: Parts, text: string): Target => readTarget(view, modules, text)

  /** Runs after what was asked for before. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const run = queue.then(work)
    queue = run.catch(() => {})
    return run
  }

  async function update({ paths, signal, onProgress = () => {} }: UpdateOptions): Promise<UpdateReport> {
    const startedMs = performance.now()
    const stop = signal ? AbortSignal.any([signal, closing.signal]) : closing.signal
    throwIfAborted(stop)
    const wasDirty = new Set(paths ?? dirty)
    const tree = store.tree(root)
    const setState = store.db.prepare("UPDATE worktree SET head = ?, indexed_at = ?, is_complete = ? WHERE id = ?")
    const before = tree.name
    let done: TreeUpdate
    let commits = 0
    const head = git ? await git.head() : null
    try {
      done = await updateTree({
        store,
        root,
        analyser,
        now,
        paths,
        signal: stop,
        onProgress,
        onPending: (count) => {
          pending = count
        },
        onBatch: (changed) => {
          for (const path of changed) dirty.delete(path)
          tell({ kind: "batch", paths: changed, freshness: freshness() })
        },
      })
      for (const path of wasDirty) dirty.delete(path)
      const { head: knownHead, is_complete: wasComplete, indexed_at: lastIndexed } = readState.get(tree.id) ?? {}
      const hasChanged = store.tree(root).name !== before || lastIndexed === null
      const indexedAt = hasChanged ? new Date(now()).toISOString() : String(lastIndexed)
      setState.run(head, indexedAt, done.isWhole || wasComplete === 1 ? 1 : 0, tree.id)
      if (git && (done.isWhole || head !== knownHead)) commits = await readHistory(git, stop, onProgress)
    } catch (error) {
      pending = 0
      // An update that was stopped is not a failure of the index.
      if (!stop.aborted) tell({ kind: "failed", error })
      throw error
    }
    if (done.isWhole) {
      const dropped = store.collectGarbage()
      if (dropped > 0) logger.debug("dropped unused contents", { dropped })
    }
    background = Promise.allSettled([background, afterwards()])
    meanings.wake()
    const { isWhole: _isWhole, ...counts } = done
    const report: UpdateReport = {
      ...counts,
      commits,
      tookMs: performance.now() - startedMs,
      freshness: freshness(),
    }
    onProgress({ phase: "done", done: report.freshness.files, total: report.freshness.files })
    tell({ kind: "updated", report })
    return report
  }

  async function readHistory(git: Git, signal: AbortSignal, onProgress: (progress: IndexProgress) => void) {
    const { commits, view } = parts()
    try {
      const added = await ingestHistory({
        db: store.db,
        commits,
        git,
        root,
        worktree: view.tree.id,
        ...(maxCommits === undefined ? {} : { limit: maxCommits }),
        signal,
        onProgress: (count) => onProgress({ phase: "history", done: count, total: 0 }),
      })
      return added
    } catch (error) {
      throwIfAborted(signal)
      // A damaged repository costs the history, not the index.
      logger.warn("the history could not be read", { root, error })
      return 0
    } finally {
      view.historyChanged()
    }
  }

  /** What may come later: fewer segments, the files' ranks. One run covers all updates before it. */
  let isScheduled = false
  async function afterwards() {
    if (isScheduled) return
    isScheduled = true
    await pause()
    isScheduled = false
    if (closing.signal.aborted) return
    try {
      const { view, modules } = parts()
      await store.compact(pause)
      const ranked = readState.get(view.tree.id)?.rank_tree
      const wanted = `${view.tree.name} ${view.history.count}`
      if (ranked !== wanted && !closing.signal.aborted) {
        const rank = await rankFiles(view, modules, async () => {
          await pause()
          throwIfAborted(closing.signal)
        })
        const churn = view.history.churn()
        const blended = new Map([...rank].map(([path, value]) => [path, 0.6 * value + 0.4 * (churn.get(path) ?? 0)]))
        if (current?.view === view && !closing.signal.aborted) {
          view.setRank(blended)
          saveRank(store.db, view, wanted, blended)
        }
      }
    } catch (error) {
      if (!closing.signal.aborted) logger.warn("background work of the index failed", { root, error })
    }
  }

  const index: CodeIndex = {
    root,
    update: (wanted = {}) => inTurn(() => update(wanted)),
    markDirty(paths) {
      for (const path of paths) dirty.add(path)
    },
    freshness,
    stats() {
      const { tree, contents } = parts().view
      const byLanguage = new Map<string, { files: number; lines: number }>()
      for (const file of tree.files()) {
        const content = contents.get(file.content)
        if (!content) continue
        const known = byLanguage.get(content.language) ?? { files: 0, lines: 0 }
        byLanguage.set(content.language, { files: known.files + 1, lines: known.lines + content.lines })
      }
      const { files, lines, sizeBytes, chunks, symbols } = tree.totals
      return {
        files,
        lines,
        sizeBytes,
        chunks,
        symbols,
        commits: parts().view.history.count,
        languages: [...byLanguage]
          .map(([language, counts]) => ({ language, ...counts }))
          .sort((a, b) => b.lines - a.lines || (a.language < b.language ? -1 : 1)),
        databaseBytes: store.databaseBytes(),
      }
    },
    async search(query, signal) {
      const startedMs = performance.now()
      const { view, names, commits } = parts()
      const found = await search({
        view,
        names,
        commits,
        query,
        now,
        uncommitted: async () => (git ? uncommittedPaths(git, root, signal) : new Set()),
        meaning: (text, among) => meanings.like(text, among, signal),
        signal,
      })
      return { ...found, freshness: freshness(), tookMs: performance.now() - startedMs }
    },
    meaning: meanings.status,
    embed: () => meanings.wake({ now: true }),
    definitions: (target) =>
      answer((p) =>
        targetOf(p, target)
          .symbols.map((symbol) => p.graph.definition(symbol))
          .filter((one) => one !== undefined),
      ),
    outline: (path) =>
      answer(({ view }) => {
        const file = view.outline(view.tree.get(path)?.content ?? 0)
        return (file?.symbols ?? []).map((symbol) => definitionOf(path, { symbol }))
      }),
    async symbolAt(path, line) {
      const { view, graph } = parts()
      const around = symbolAround(view, path, line)
      return (around && graph.definition(around)) ?? null
    },
    callers: (target) => answer((p) => p.graph.uses(targetOf(p, target), new Set(["call"]))),
    references: (target) => answer((p) => p.graph.uses(targetOf(p, target))),
    callees: (target) => answer((p) => p.graph.callees(targetOf(p, target))),
    importsOf: (path) => answer(({ graph }) => graph.importsOf(path)),
    importersOf: (path) => answer(({ graph }) => graph.importersOf(path)),
    testsOf: (target) => answer((p) => testsOf(p.view, p.graph, targetOf(p, target))),
    async historyOf(path, wanted = {}) {
      const { view, commits } = parts()
      return {
        items: git ? await historyOf({ git, root, view, commits, path, ...wanted }) : [],
        freshness: freshness(),
      }
    },
    async impact(target, wanted = {}) {
      const p = parts()
      return { ...(await impactOf(p.view, p.graph, targetOf(p, target), wanted)), freshness: freshness() }
    },
    files(prefix = "") {
      const folder = prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`
      const paths: string[] = []
      for (const { path, content } of store.tree(root).files())
        if (content !== 0 && (path === prefix || path.startsWith(folder))) paths.push(path)
      return paths.sort()
    },
    async text(path, lines) {
      const { view } = parts()
      const text = view.text(view.tree.get(path)?.content ?? 0)
      if (text === undefined || !lines) return text
      return linesOf(text)
        .slice(lines.startLine - 1, lines.endLine)
        .join("\n")
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async settled() {
      for (;;) {
        const [before, later] = [queue, background]
        await before
        await later
        await meanings.settled()
        if (before === queue && later === background) return
      }
    },
    async close() {
      closing.abort()
      await this.settled()
      await meanings.closed()
      listeners.clear()
    },
  }
  return index
}
