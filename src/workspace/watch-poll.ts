import type { Clock } from "../base/clock.ts"
import { walk } from "./walk.ts"
import type { Batch } from "./watch-batch.ts"

interface Options {
  readonly root: string
  readonly pollMs: number
  readonly maxPaths: number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly head: () => Promise<string | null>
  readonly onBatch: (batch: Batch) => void
}

/**
 * Walks a tree again and again and tells what became different. Ends by the signal's rejection. A tree that is not there
 * (an unmounted disk) is empty until it is back.
 */
export async function pollTree({ root, pollMs, maxPaths, clock, signal, head, onBatch }: Options): Promise<void> {
  let before = await snapshot(root, signal)
  let headBefore = await head().catch(() => null)
  // What happened before the first look is not known.
  onBatch({ paths: [], rescan: true, headMoved: true })
  while (true) {
    await clock.sleep(pollMs, signal)
    const now = await snapshot(root, signal)
    const headNow = await head().catch(() => null)
    const paths = [...now].filter(([path, mark]) => before.get(path) !== mark).map(([path]) => path)
    for (const path of before.keys()) if (!now.has(path)) paths.push(path)
    const headMoved = headNow !== headBefore
    before = now
    headBefore = headNow
    const rescan = paths.length > maxPaths
    if (paths.length > 0 || headMoved) onBatch({ paths: rescan ? [] : paths.sort(), rescan, headMoved })
  }
}

async function snapshot(root: string, signal: AbortSignal): Promise<Map<string, string>> {
  const marks = new Map<string, string>()
  try {
    for await (const file of walk(root, { signal }))
      marks.set(file.path, `${file.mtimeMs} ${file.ctimeMs} ${file.sizeBytes} ${file.inode}`)
  } catch (error) {
    if (signal.aborted) throw error
    return new Map()
  }
  return marks
}
