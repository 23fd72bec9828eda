import { type FSWatcher, watch as fsWatch, type Stats } from "node:fs"
import { join } from "node:path"
import { type Clock, systemClock } from "../base/clock.ts"
import { systemCode } from "../base/errors.ts"
import { openGit } from "./git.ts"
import { statAll } from "./walk.ts"
import type { Batch } from "./watch-batch.ts"
import { folderWatch, type StartWatcher } from "./watch-folders.ts"
import { pollTree } from "./watch-poll.ts"

export interface WatchOptions {
  readonly onBatch: (batch: Batch) => void
  /** Hears of what goes wrong while watching goes on (the fall back to polling; a folder that can't be watched). */
  readonly onProblem?: ((message: string, error: unknown) => void) | undefined
  /** Quiet time that ends a batch; default 30. */
  readonly debounceMs?: number | undefined
  /** A batch is given after this time even without quiet; default 300. Longer right after a rescan. */
  readonly maxWaitMs?: number | undefined
  /** More paths than this become a rescan; default 20,000. */
  readonly maxPaths?: number | undefined
  /** Time between two looks, where the system has no watches left; default 2,000. */
  readonly pollMs?: number | undefined
  readonly clock?: Clock | undefined
  /** Default `fs.watch`; a test puts one here that fails as a system without watches does. */
  readonly startWatcher?: StartWatcher | undefined
}

export interface TreeWatch {
  /** Whether the system tells of changes, or the tree is looked at again and again. */
  readonly mode: "events" | "polling"
  readonly folders: number
  /** Resolves once the whole tree is watched; `watchTree` has waited for it already. */
  readonly ready: Promise<void>
  /** After it no batch is given any more. */
  close(): Promise<void>
}

/**
 * Tells of changes in what `walk` gives, in batches. Resolves when every change from then on will be told.
 *
 * Each folder that is not ignored has a watch of its own. (Node's recursive watch on Linux watches ignored folders too,
 * loses one that is deleted and made anew at once, and has no answer to a lack of watches.) A folder is watched before it is read, so nothing that is put in it gets lost.
 * When more happens at once than the system's queue may hold, the batch says `rescan` rather than guess; when the system
 * has no watches left, the tree is polled.
 */
export async function watchTree(root: string, options: WatchOptions): Promise<TreeWatch> {
  const { onProblem = () => {}, debounceMs = 30, maxWaitMs = 300, maxPaths = 20_000, pollMs = 2000 } = options
  const clock = options.clock ?? systemClock
  const startWatcher = options.startWatcher ?? ((folder, how, listener) => fsWatch(folder, how, listener))
  const stopped = new AbortController()
  /** Path to whether something of that name came or went (else only its content or attributes changed). */
  let dirty = new Map<string, boolean>()
  let events = 0
  let rescan = false
  let headMoved = false
  let mode: TreeWatch["mode"] = "events"
  let wake = () => {}

  const noticed = () => {
    events++
    wake()
  }
  const forgetRest = () => {
    dirty = new Map()
    rescan = true
    noticed()
  }
  const onPath = (path: string, isRename: boolean) => {
    countEvent()
    if (!rescan) dirty.set(path, isRename || dirty.get(path) === true)
    if (dirty.size > maxPaths) forgetRest()
    else noticed()
  }
  const onLost = (error: unknown) => {
    if (mode === "polling" || stopped.signal.aborted) return
    mode = "polling"
    onProblem(`Watching ${root} is not possible any more; it is looked at every ${pollMs} ms instead.`, error)
    noticed()
  }
  const onBatch = (batch: Batch) => {
    // Who listens may fail; what comes next is told all the same.
    try {
      options.onBatch(batch)
    } catch (error) {
      onProblem(`A change in ${root} could not be taken in.`, error)
    }
  }
  const folders = folderWatch({ root, startWatcher, onPath, onLost, onProblem })
  const gitWatchers: FSWatcher[] = []
  overflowListeners.add(forgetRest)

  await folders.sync({ isFresh: true })
  await watchGit(root, startWatcher, gitWatchers, {
    onHead() {
      headMoved = true
      noticed()
    },
    onExclude: forgetRest,
  })

  async function nextChange(): Promise<void> {
    if (!rescan && !headMoved && dirty.size === 0 && mode === "events")
      await new Promise<void>((resolve) => {
        wake = resolve
        if (stopped.signal.aborted) resolve()
        stopped.signal.addEventListener("abort", () => resolve(), { once: true })
      })
    wake = () => {}
  }

  // A rescan is dear to everyone: while a storm lasts, each is followed by a longer wait.
  let patienceMs = maxWaitMs

  /** Waits for quiet, as long as patience lasts. */
  async function quiet(): Promise<void> {
    const since = clock.now()
    for (let seen = -1; seen !== events && clock.now() - since < patienceMs; ) {
      seen = events
      await clock.sleep(debounceMs, stopped.signal)
    }
  }

  async function takeBatch(): Promise<Batch> {
    const taken = dirty
    const moved = headMoved
    let all = rescan
    dirty = new Map()
    rescan = false
    headMoved = false
    let seen: Seen = { paths: [], newFolders: [] }
    if (!all) {
      const looked = await lookAt(taken)
      if (looked === "rescan") all = true
      else seen = looked
    }
    // Another commit may track what was left out before, and other ignore files leave out other folders.
    if (all || moved) seen.newFolders.push(...(await folders.sync({ isFresh: all })))
    const tops = topmost(seen.newFolders)
    all ||= tops.length > maxNewFolders
    const inNew = (path: string) => tops.some((folder) => path.startsWith(`${folder}/`))
    const paths = all ? [] : [...new Set([...seen.paths.filter((path) => !inNew(path)), ...tops])].sort()
    return { paths, rescan: all, headMoved: moved }
  }

  async function lookAt(taken: ReadonlyMap<string, boolean>): Promise<Seen | "rescan"> {
    const names = [...taken.keys()]
    if (names.some((path) => /(^|\/)\.(git|duck)ignore$/.test(path))) return "rescan"
    const [top, ...all] = await statAll(root, ["", ...names])
    if (!top || top instanceof Error) {
      onLost(top)
      return "rescan"
    }
    if (!folders.isWatched("", top)) return "rescan"
    const gone: string[] = []
    const there: [path: string, stats: Stats][] = []
    names.forEach((path, i) => {
      const stats = all[i]
      if (stats && !(stats instanceof Error)) there.push([path, stats])
      else gone.push(path)
    })
    const paths: string[] = []
    const newFolders: string[] = []
    // First what is gone: a folder that was renamed is then watched under its new name.
    for (const path of gone) {
      if (folders.forget(path) || (await folders.includes(path, false))) paths.push(path)
    }
    for (const [path, stats] of there) {
      if (stats.isDirectory()) {
        // A folder that came may be another of the same name, even with the same inode: its old watch is dead then.
        if (taken.get(path) === false && folders.isWatched(path, stats)) continue
        if (!(await folders.includes(path, true))) continue
        folders.forget(path)
        newFolders.push(path, ...(await folders.add(path)))
      } else if (folders.forget(path) || (await folders.includes(path, false))) paths.push(path)
    }
    return { paths, newFolders }
  }

  async function run(): Promise<void> {
    while (!stopped.signal.aborted) {
      await nextChange()
      if (mode === "polling") break
      await quiet()
      const batch = await takeBatch()
      patienceMs = batch.rescan ? Math.min(patienceMs * 2, maxWaitMs * 16) : maxWaitMs
      if (stopped.signal.aborted || mode !== "events") break
      if (batch.paths.length > 0 || batch.rescan || batch.headMoved) onBatch(batch)
    }
    if (stopped.signal.aborted) return
    folders.close()
    for (const watcher of gitWatchers) watcher.close()
    await pollTree({ root, pollMs, clock, signal: stopped.signal, onBatch, maxPaths, head: () => headOf(root) })
  }

  const running = run().catch((error) => {
    if (!stopped.signal.aborted) onProblem(`Watching ${root} ended.`, error)
  })

  return {
    get mode() {
      return mode
    },
    get folders() {
      return folders.size
    },
    ready: Promise.resolve(),
    async close() {
      stopped.abort()
      overflowListeners.delete(forgetRest)
      folders.close()
      for (const watcher of gitWatchers) watcher.close()
      await running
    },
  }
}

/**
 * The queue of file events is one for the whole process, and when it overflows (16,384 by default on Linux) the events
 * that did not fit are dropped without a word. They are all delivered at once then: half as many within one turn of the
 * clock are taken for an overflow, by every watch.
 */
const overflowListeners = new Set<() => void>()
const suspiciousEvents = 8192
let eventsInTurn = 0

function countEvent() {
  if (eventsInTurn++ === 0) setTimeout(() => (eventsInTurn = 0), 50).unref()
  if (eventsInTurn === suspiciousEvents) for (const listener of overflowListeners) listener()
}

interface Seen {
  readonly paths: string[]
  readonly newFolders: string[]
}

/** More new folders than this at once are told as a rescan: one look at the tree costs less than that many at parts. */
const maxNewFolders = 8

/** Those that lie in none of the others. */
function topmost(folders: readonly string[]): string[] {
  const all = new Set(folders)
  return [...all].filter((folder) => {
    for (let at = folder.lastIndexOf("/"); at > 0; at = folder.lastIndexOf("/", at - 1))
      if (all.has(folder.slice(0, at))) return false
    return true
  })
}

async function headOf(root: string): Promise<string | null> {
  return (await openGit(root))?.head() ?? null
}

/** Watches the few places of a repository that tell of a moved HEAD and of .git/info/exclude. */
async function watchGit(
  root: string,
  startWatcher: StartWatcher,
  watchers: FSWatcher[],
  on: { onHead(): void; onExclude(): void },
): Promise<void> {
  const git = await openGit(root)
  if (!git) return
  const { gitDir, commonDir } = git
  const start = (folder: string, onName: (name: string) => void) => {
    try {
      const watcher = startWatcher(folder, { persistent: false }, (_event, name) => name !== null && onName(name))
      watcher.on("error", () => watcher.close())
      watchers.push(watcher)
    } catch (error) {
      // Without logs/ (no commit yet) HEAD itself is enough; without watches the tree falls back to polling anyway.
      if (!["ENOENT", "ENOSPC", "EMFILE"].includes(systemCode(error) ?? "")) throw error
    }
  }
  const watchLogs = () => start(join(gitDir, "logs"), (name) => name === "HEAD" && on.onHead())
  start(gitDir, (name) => {
    if (name === "logs") watchLogs()
    if (name === "HEAD" || name === "logs") on.onHead()
  })
  watchLogs()
  start(join(commonDir, "info"), (name) => name === "exclude" && on.onExclude())
}
