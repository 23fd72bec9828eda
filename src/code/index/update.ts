import { abortReason, throwIfAborted } from "../../base/signal.ts"
import type { IndexProgress } from "../code-index.ts"
import type { AnalysedFile } from "./analyse.ts"
import type { Analyser } from "./analyser.ts"
import type { NewContent } from "./contents.ts"
import { type DiskFile, diskReader } from "./disk.ts"
import { type Scan, scanAll, scanPaths } from "./scan.ts"
import type { IndexStore } from "./store.ts"
import type { TreeChanges, TreeFile } from "./tree.ts"

export interface TreeUpdate {
  readonly added: number
  readonly changed: number
  readonly removed: number
  readonly unchanged: number
  readonly parsed: number
  readonly skipped: readonly { readonly path: string; readonly reason: string }[]
  /** The whole tree was looked at. */
  readonly isWhole: boolean
}

export interface TreeUpdateOptions {
  readonly store: IndexStore
  readonly root: string
  readonly analyser: Analyser
  readonly now: () => number
  readonly paths?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
  readonly onProgress: (progress: IndexProgress) => void
  /** After each committed batch. */
  readonly onBatch: (paths: readonly string[]) => void
  /** How many files are still to be done. */
  readonly onPending: (count: number) => void
}

// A batch is one transaction and one segment. Small enough that a search waits for it less than a blink, and that the
// workers do not run out of files meanwhile.
const batchFiles = 96
const batchBytes = 500_000

/**
 * Brings a tree to what is on disk. Files are read and hashed here, analysed on other threads, and stored batch by batch:
 * whatever stops it, what was stored stays and is not done again.
 */
export async function updateTree(options: TreeUpdateOptions): Promise<TreeUpdate> {
  const { store, root, analyser, now, signal, onProgress, onBatch, onPending } = options
  onProgress({ phase: "scan", done: 0, total: 0 })
  let scan: Scan | undefined
  if (options.paths) scan = await scanPaths(store.tree(root), options.paths, { signal })
  const isWhole = scan === undefined
  scan ??= await scanAll(store.tree(root), { signal })

  const counts = { added: 0, changed: 0, removed: 0, unchanged: scan.unchanged, parsed: 0 }
  const skipped: { path: string; reason: string }[] = []
  let batch: Finished[] = []
  let removed = [...scan.removed]
  let bytesInBatch = 0
  let pending = scan.candidates.length
  let done = 0
  onPending(pending)

  const flush = () => {
    if (batch.length === 0 && removed.length === 0) return
    const finished = batch
    const gone = removed
    batch = []
    removed = []
    bytesInBatch = 0
    const { touched, parsed, set } = storeBatch(store, root, finished, gone)
    counts.parsed += parsed
    for (const { path, wasKnown, isSame } of touched) {
      if (isSame) counts.unchanged++
      else if (wasKnown) counts.changed++
      else counts.added++
      pending--
      done++
      onProgress({ phase: "parse", done, total: scan.candidates.length, path })
    }
    counts.removed += set.removed.length
    for (const file of set.set) if (file.skipped !== null) skipped.push({ path: file.path, reason: file.skipped })
    onPending(pending)
    onBatch([...touched.filter(({ isSame }) => !isSame).map(({ path }) => path), ...set.removed])
  }
  const take = (item: Finished) => {
    batch.push(item)
    bytesInBatch += item.file?.sizeBytes ?? 0
    if (batch.length >= batchFiles || bytesInBatch >= batchBytes) flush()
  }

  const read = diskReader(root, now)
  let running = 0
  let wake = () => {}
  const room = () =>
    new Promise<void>((resolve) => {
      wake = resolve
    })
  // Contents on their way, so that equal files of one update are analysed once.
  const underway = new Map<string, Promise<AnalysedFile | null>>()
  let failure: { error: unknown } | undefined
  for (const [at, path] of scan.candidates.entries()) {
    throwIfAborted(signal)
    if (failure) break
    const file = read(path)
    if (file === undefined || file.bytes === null) {
      take({ path, file, variant: "", analysed: null })
    } else {
      const variant = analyser.variantOf(path)
      if (store.contents.find(file.hash, variant)) take({ path, file, variant, analysed: null })
      else {
        const key = `${file.hash} ${variant}`
        const work = underway.get(key) ?? analyser.analyse(path, file.bytes)
        underway.set(key, work)
        const { bytes: _bytes, ...kept } = file
        const finish = work.then(
          (analysed) => {
            underway.delete(key)
            if (!signal?.aborted)
              take({ path, file: { ...kept, bytes: null, skipped: analysed ? null : "binary" }, variant, analysed })
          },
          (error) => {
            failure ??= { error }
          },
        )
        running++
        void finish
          .catch((error) => {
            failure ??= { error }
          })
          .finally(() => {
            running--
            wake()
          })
        while (running >= analyser.width) await room()
      }
    }
    if (at % 32 === 31) await new Promise((resolve) => setImmediate(resolve))
  }
  while (running > 0) await room()
  if (failure) throw failure.error
  if (signal?.aborted) throw abortReason(signal)
  flush()
  onPending(0)
  return { ...counts, skipped, isWhole }
}

interface Finished {
  readonly path: string
  /** Undefined when the file is gone. */
  readonly file: Reading | undefined
  readonly variant: string
  readonly analysed: AnalysedFile | null
}
type Reading = Omit<DiskFile, "bytes" | "skipped" | "hash"> & {
  readonly bytes: unknown
  readonly hash?: string
  readonly skipped: string | null
}

function storeBatch(store: IndexStore, root: string, batch: readonly Finished[], gone: readonly string[]) {
  const tree = store.tree(root)
  const fresh = new Map<string, NewContent>()
  for (const { file, variant, analysed } of batch) {
    if (!analysed || !file?.hash || store.contents.find(file.hash, variant)) continue
    fresh.set(`${file.hash} ${variant}`, { hash: file.hash, variant, sizeBytes: file.sizeBytes, analysed })
  }
  const set: TreeFile[] = []
  const removed = [...gone]
  const touched: { path: string; wasKnown: boolean; isSame: boolean }[] = []
  const changes = store.transaction((): TreeChanges => {
    store.contents.add([...fresh.values()])
    for (const { path, file, variant } of batch) {
      const known = tree.get(path)
      if (!file) {
        if (known) removed.push(path)
        touched.push({ path, wasKnown: known !== undefined, isSame: known === undefined })
        continue
      }
      const content = file.skipped === null && file.hash ? (store.contents.find(file.hash, variant)?.id ?? 0) : 0
      const { sizeBytes, mtimeMs, ctimeMs, inode, readAtMs, skipped } = file
      // Its content was dropped in between: leave it unknown, and the next update reads it again.
      if (skipped === null && content === 0) {
        if (known) removed.push(path)
        touched.push({ path, wasKnown: known !== undefined, isSame: false })
        continue
      }
      const isSame = known !== undefined && known.content === content && known.skipped === skipped
      set.push({ path, content, skipped, sizeBytes, mtimeMs, ctimeMs, inode, readAtMs })
      touched.push({ path, wasKnown: known !== undefined, isSame })
    }
    const all = { set, removed }
    tree.store(all)
    return all
  })
  tree.applied(changes)
  return { touched, parsed: fresh.size, set: changes }
}
