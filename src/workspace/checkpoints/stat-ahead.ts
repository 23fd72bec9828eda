import { Worker } from "node:worker_threads"
import type { Figures, Listing } from "./listing.ts"
import type { FileStat, FolderNames } from "./stat-cache.ts"
import { claim, figuresPerName, type StatReply, type StatTask } from "./stat-messages.ts"

/** A folder that was looked at before; with its names, where equal figures prove that they are still the same. */
export interface AheadFolder {
  readonly path: string
  readonly sure: (FolderNames & { readonly stat: FileStat }) | undefined
}

/** A second thread that looks at the folders of a tree from the end, while the walk comes from the beginning. */
export interface StatAhead {
  /** Begins with folders in the order of the walk. What was begun before is forgotten. */
  begin(root: string, folders: readonly AheadFolder[], device: number | undefined): Ahead
  close(): Promise<void>
}
export interface Ahead {
  /** What the other thread found in a folder, if it was there first; else undefined, and the folder is the caller's. */
  take(folder: string): Promise<Listing | undefined> | undefined
  /** The walk is over, one way or the other. */
  end(): void
}

/** A tree of fewer folders is walked before a second thread has begun. */
const fewFolders = 100
const idleMs = 60_000
const entry = new URL(import.meta.url.endsWith(".ts") ? "./stat-worker.ts" : "./stat-worker.js", import.meta.url)

/** The thread is started with the first large tree, and ended when it had nothing to do for a minute. */
export function statAhead(): StatAhead {
  let worker: Worker | undefined
  let idle: NodeJS.Timeout | undefined
  let current: { id: number; received(reply: StatReply): void; abandon(): void } | undefined
  let lastId = 0

  const start = (): Worker => {
    const started = new Worker(entry, {
      name: "stat",
      resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8 },
    })
    started.on("message", (reply: StatReply) => {
      if (reply.id === current?.id) current.received(reply)
    })
    // It only saves time: what it does not do is done without it.
    started.on("error", () => {})
    started.on("exit", () => {
      if (worker !== started) return
      worker = undefined
      current?.abandon()
    })
    return started
  }
  /** Only while somebody waits for it does the thread keep the process alive. */
  const end = (id: number) => {
    if (current?.id !== id) return
    current.abandon()
    current = undefined
    worker?.unref()
    idle = setTimeout(() => void stop(), idleMs).unref()
  }
  const stop = async () => {
    clearTimeout(idle)
    await worker?.terminate()
  }

  return {
    begin(root, folders, device) {
      if (current) end(current.id)
      if (folders.length < fewFolders) return { take: () => undefined, end: () => {} }
      clearTimeout(idle)
      worker ??= start()
      worker.ref()
      const task: StatTask = {
        id: ++lastId,
        root,
        folders: folders.map(({ path }) => path),
        known: folders.map(({ sure }) => sure?.joined),
        knownFigures: Float64Array.from(folders.flatMap(({ sure }) => figuresOf(sure?.stat))),
        device,
        claims: new Int32Array(new SharedArrayBuffer(folders.length * 4)),
      }
      const { take, received, abandon } = exchange(task, folders)
      current = { id: task.id, received, abandon }
      worker.postMessage(task)
      return { take, end: () => end(task.id) }
    },
    close: stop,
  }
}

const figuresOf = (stat: FileStat | undefined): readonly number[] =>
  stat ? [stat.sizeBytes, stat.mtimeMs, stat.ctimeMs, stat.inode] : [0, 0, 0, 0]

/** One task on the side of the walk. */
function exchange({ folders, claims }: StatTask, known: readonly AheadFolder[]) {
  const indexes = new Map(folders.map((folder, at) => [folder, at]))
  const arrived = new Map<number, Listing | undefined>()
  const waiting = new Map<number, (listing: Listing | undefined) => void>()
  let isOver = false
  const arrive = (at: number, listing: Listing | undefined) => {
    const waiter = waiting.get(at)
    waiting.delete(at)
    if (waiter) waiter(listing)
    else arrived.set(at, listing)
  }
  return {
    take(folder: string): Promise<Listing | undefined> | undefined {
      const at = indexes.get(folder)
      if (at === undefined || claim(claims, at) || isOver) return undefined
      if (arrived.has(at)) return Promise.resolve(arrived.get(at))
      return new Promise((resolve) => waiting.set(at, resolve))
    },
    received({ at, names, figures }: StatReply) {
      let from = 0
      for (const [i, index] of at.entries()) {
        const found = names[i]
        if (found === null || found === undefined) {
          arrive(index, undefined)
          continue
        }
        const list = found === true ? (known[index]?.sure?.names ?? []) : found === "" ? [] : found.split("\0")
        arrive(index, unpacked(list, figures, from))
        from += (list.length + 1) * figuresPerName
      }
    },
    /** Nobody waits for the thread any more, and it finds nothing left to do. */
    abandon() {
      isOver = true
      claims.fill(1)
      for (const at of [...waiting.keys()]) arrive(at, undefined)
    },
  }
}

/** The folder's own figures come first. */
function unpacked(names: readonly string[], figures: Float64Array, from: number): Listing {
  const own = figuresIn(figures, from)
  return {
    names,
    folder: typeof own === "object" ? own : undefined,
    figuresOf: (name) => figuresIn(figures, from + (name + 1) * figuresPerName),
  }
}

function figuresIn(figures: Float64Array, first: number): Figures | "unreadable" | undefined {
  const at = (index: number) => figures[first + index] ?? 0
  const mode = at(0)
  if (mode < 0) return mode === -1 ? undefined : "unreadable"
  return { mode, size: at(1), mtimeMs: at(2), ctimeMs: at(3), ino: at(4), dev: at(5) }
}
