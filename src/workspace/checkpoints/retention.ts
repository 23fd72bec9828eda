import { type Checkpoint, type History, isNeeded } from "./history.ts"
import type { ObjectStore } from "./object-store.ts"
import { objectsOf } from "./store-file.ts"
import { timeSlices } from "./time-slices.ts"
import type { Trees } from "./tree-diff.ts"

/** What is kept at most. Tagged checkpoints, the last one, and those a turn or a restore still needs are kept always. */
export interface RetentionPolicy {
  readonly maxCount: number
  readonly maxAgeMs: number
  /** Bytes of different contents, before compression. */
  readonly maxBytes: number
}

export const defaultPolicy: RetentionPolicy = {
  maxCount: 500,
  maxAgeMs: 30 * 86_400_000,
  maxBytes: 4 * 1024 ** 3,
}

export interface Dropped {
  readonly checkpoint: Checkpoint
  readonly why: "count" | "age" | "size"
}

/** Which checkpoints a policy drops, oldest first. */
export async function droppedBy(
  policy: RetentionPolicy,
  history: History,
  { trees, store, nowMs }: { readonly trees: Trees; readonly store: ObjectStore; readonly nowMs: number },
): Promise<Dropped[]> {
  const breathe = timeSlices()
  const counted = new Set<string>()
  const dropped: Dropped[] = []
  let bytes = 0
  let kept = 0
  // From the newest on, so that what an old one shares with a newer one costs it nothing.
  for (const checkpoint of history.checkpoints.toReversed()) {
    const isKept = checkpoint.tag !== null || isNeeded(history, checkpoint.id)
    const why = isKept
      ? undefined
      : kept >= policy.maxCount
        ? "count"
        : nowMs - checkpoint.atMs > policy.maxAgeMs
          ? "age"
          : bytes >= policy.maxBytes
            ? "size"
            : undefined
    if (why) {
      dropped.push({ checkpoint, why })
      continue
    }
    kept += 1
    for (const hash of objectsNamed([checkpoint], { trees, store, counted })) {
      bytes += store.rawBytesOf(hash) ?? 0
      await breathe()
    }
  }
  return dropped.reverse()
}

/** Every object that checkpoints name, each once; `counted` remembers them. */
export function* objectsNamed(
  checkpoints: readonly Pick<Checkpoint, "bases">[],
  { trees, store, counted }: { readonly trees: Trees; readonly store: ObjectStore; readonly counted: Set<string> },
): Generator<string, void, undefined> {
  const folders = checkpoints.flatMap(({ bases }) => bases.map(({ tree }) => tree))
  for (let tree = folders.pop(); tree !== undefined; tree = folders.pop()) {
    if (counted.has(tree)) continue
    counted.add(tree)
    yield tree
    for (const entry of trees.entries(tree)) {
      if (entry.kind === "folder") folders.push(entry.hash)
      if (entry.kind !== "file" || counted.has(entry.hash)) continue
      for (const hash of objectsOf(store, entry)) {
        if (counted.has(hash)) continue
        counted.add(hash)
        yield hash
      }
    }
  }
}
