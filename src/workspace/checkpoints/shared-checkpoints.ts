import { type Clock, systemClock } from "../../base/clock.ts"
import { UnavailableError } from "../../base/errors.ts"
import type { Checkpoints, CheckpointsOptions } from "./checkpoints.ts"

/** The checkpoints of every project a process works in: commands and conversations share one open store for each. */
export interface SharedCheckpoints {
  /**
   * Runs `work` with the checkpoints of a project; they are opened for the first that asks. `work` must not keep them.
   * Throws what opening throws, UnavailableError after `close`.
   */
  use<T>(project: CheckpointedProject, work: (checkpoints: Checkpoints) => Promise<T>): Promise<T>
  /** Waits for what runs, and closes all. */
  close(): Promise<void>
}

export interface CheckpointedProject {
  /** As `Project.id`. */
  readonly id: string
  /** Real path. */
  readonly root: string
}

export interface SharedCheckpointsOptions extends Pick<CheckpointsOptions, "dataFolder" | "fabric"> {
  /** Default `openCheckpoints`, which is loaded with the first project. */
  readonly open?: (project: CheckpointedProject) => Promise<Checkpoints>
  /** How long a store nobody uses stays open; default five minutes. It holds a database and what is known of every file. */
  readonly idleMs?: number
  readonly clock?: Clock
}

interface Handle {
  readonly opened: Promise<Checkpoints>
  readonly uses: Set<Promise<unknown>>
  /** Ends the waiting for idleness. */
  idle: AbortController | undefined
}

export function sharedCheckpoints(options: SharedCheckpointsOptions): SharedCheckpoints {
  const { dataFolder, fabric, idleMs = 300_000, clock = systemClock } = options
  const {
    open = async ({ id, root }) =>
      (await import("./open-checkpoints.ts")).openCheckpoints({ root, projectId: id, dataFolder, fabric, clock }),
  } = options
  const handles = new Map<string, Handle>()
  const closings = new Set<Promise<void>>()
  let isClosed = false

  const shut = (key: string, handle: Handle) => {
    handle.idle?.abort()
    // Before it is closed: whoever comes meanwhile opens it anew.
    if (handles.get(key) === handle) handles.delete(key)
    const closing = (async () => {
      await Promise.allSettled(handle.uses)
      await handle.opened.then(
        (checkpoints) => checkpoints.close(),
        () => {},
      )
    })()
    closings.add(closing)
    return closing.finally(() => closings.delete(closing))
  }

  const rest = (key: string, handle: Handle) => {
    if (handle.uses.size > 0 || handles.get(key) !== handle) return
    const idle = new AbortController()
    handle.idle = idle
    clock.sleep(idleMs, idle.signal).then(
      () => {
        // Somebody may have come in the very moment.
        if (handle.idle === idle) shut(key, handle).catch(() => {})
      },
      () => {},
    )
  }

  return {
    async use(project, work) {
      if (isClosed) throw new UnavailableError({ message: "Checkpoints are closed: the server stops." })
      const key = JSON.stringify([project.id, project.root])
      let handle = handles.get(key)
      if (!handle) {
        handle = { opened: open(project), uses: new Set(), idle: undefined }
        handles.set(key, handle)
      }
      const mine = handle
      mine.idle?.abort()
      mine.idle = undefined
      const used = mine.opened.then(work)
      mine.uses.add(used)
      try {
        return await used
      } finally {
        mine.uses.delete(used)
        const isOpen = await mine.opened.then(
          () => true,
          () => false,
        )
        // The next may have more luck.
        if (isOpen) rest(key, mine)
        else if (handles.get(key) === mine) handles.delete(key)
      }
    },
    async close() {
      isClosed = true
      await Promise.all([...handles].map(([key, handle]) => shut(key, handle)))
      await Promise.all(closings)
    },
  }
}
