import { mkdirSync, realpathSync } from "node:fs"
import { isAbsolute, join, posix } from "node:path"
import { systemClock } from "../../base/clock.ts"
import { InvalidInputError } from "../../base/errors.ts"
import { newId } from "../../base/ids.ts"
import { throwIfAborted } from "../../base/signal.ts"
import { boundsOf, isInside } from "../contain.ts"
import type { Checkpoints, CheckpointsOptions, DiffOptions } from "./checkpoints.ts"
import { defaultLimits } from "./coverage.ts"
import { describeChange } from "./describe.ts"
import { SnapshotDamagedError } from "./errors.ts"
import { exclusively } from "./exclusive.ts"
import type { Checkpoint } from "./history.ts"
import type { CheckpointMade } from "./history-events.ts"
import { openObjectStore } from "./object-store.ts"
import { isAtOrUnder } from "./plan.ts"
import { recordOf } from "./record.ts"
import { restoreIsPending, restorer } from "./restorer.ts"
import type { BaseTrees } from "./restoring.ts"
import { defaultPolicy, droppedBy, objectsNamed } from "./retention.ts"
import { type Base, shownPath, type Taken, taker } from "./take.ts"
import { timeSlices } from "./time-slices.ts"
import { treeChanges, treesOf } from "./tree-diff.ts"
import type { TreeEntry } from "./tree-object.ts"

/** So many checkpoints over the policy are let be before one that is made prunes: pruning looks at all that is stored. */
const slack = 50

/**
 * Opens the checkpoints of a project. Makes nothing but its store; `close` waits for what runs. Throws FileNotFoundError
 * (no such folder), UnavailableError (the store can't be used).
 */
export async function openCheckpoints(options: CheckpointsOptions): Promise<Checkpoints> {
  const { projectId, fabric, clock = systemClock } = options
  const limits = { ...defaultLimits, ...options.limits }
  const policy = { ...defaultPolicy, ...options.policy }
  const { root, allow } = await boundsOf({ root: options.root, allow: options.allow ?? [] })
  const bases: Base[] = [
    { path: "", root },
    ...[...new Set(allow)].filter((one) => !isInside(root, one)).map((one) => ({ path: one, root: one })),
  ]
  mkdirSync(options.dataFolder, { recursive: true, mode: 0o700 })
  const dataFolder = realpathSync(options.dataFolder)
  const store = openObjectStore(join(dataFolder, "checkpoints", projectId, "objects.db"))
  const trees = treesOf(store)
  const record = recordOf(projectId, fabric, clock)
  const looking = taker({ bases, store, limits, dataFolder, now: () => clock.now() })
  const made = (taken: Taken, what: Pick<CheckpointMade, "label" | "role">): CheckpointMade => ({
    id: newId(clock.now()),
    turn: null,
    meta: {},
    ...what,
    ...taken,
    atMs: clock.now(),
  })
  const restoring = restorer({ bases, store, trees, taker: looking, record, clock, made })
  const inTurn = <T>(signal: AbortSignal | undefined, work: () => Promise<T>) =>
    exclusively(fabric.sequencer, projectId, signal, work)

  async function prune(wanted: typeof policy, actor: string, isDryRun: boolean) {
    const dropped = await droppedBy(wanted, record.history(), { trees, store, nowMs: clock.now() })
    if (isDryRun || dropped.length === 0) return { dropped, freedBytes: 0 }
    const ids = dropped.map(({ checkpoint }) => checkpoint.id)
    const why = [...new Set(dropped.map((one) => one.why))].join(", ")
    // The event first: a crash then leaves objects that nobody names, and never names without objects.
    const { checkpoints } = await record.handle({ type: "prune", data: { ids, why, atMs: clock.now() } }, actor)
    return { dropped, freedBytes: await sweep(checkpoints) }
  }
  async function sweep(kept: readonly { bases: BaseTrees }[]): Promise<number> {
    const breathe = timeSlices()
    const live = new Set<string>()
    for (const _ of objectsNamed(kept, { trees, store, counted: live })) await breathe()
    const isLive = (hash: string) => live.has(hash)
    looking.retain(isLive)
    return store.sweep(isLive).freedBytes
  }

  const treesNamed = async (name: string | null, signal: AbortSignal | undefined): Promise<BaseTrees> =>
    name === null ? (await looking.take({ signal })).bases : record.find(name).bases

  /** The changes between two states, base by base. */
  function changesBetween(from: BaseTrees, to: BaseTrees, paths: readonly string[] | null) {
    const isWanted = isAtOrUnder(paths)
    return bases.flatMap((base) => {
      const [a, b] = [from, to].map((all) => all.find(({ path }) => path === base.path)?.tree)
      if (a === undefined || b === undefined) return []
      return Array.from(treeChanges(trees, a, b), (change) => ({
        ...change,
        path: shownPath(base, change.path),
      })).filter(({ path }) => isWanted(path))
    })
  }
  const between = (from: string, to: string | null, { paths, signal }: DiffOptions) =>
    inTurn(signal, async () => {
      const wanted = paths?.length ? paths.map(asShown) : null
      return changesBetween(record.find(from).bases, await treesNamed(to, signal), wanted)
    })

  /** "./src/" as "src"; absolute paths inside the project as relative ones. Throws InvalidInputError. */
  function asShown(path: string): string {
    const absolute = posix.resolve(root, path)
    if (isInside(root, absolute)) return posix.relative(root, absolute)
    if (isAbsolute(path) && bases.some((base) => base.path !== "" && isInside(base.root, absolute))) return absolute
    throw new InvalidInputError({
      code: "PATH_NOT_COVERED",
      message: `${path} lies neither in the project nor in an allowed folder.`,
      hint: "Give paths relative to the project's root.",
    })
  }

  return {
    root,
    get history() {
      return record.history()
    },
    get position() {
      return { log: record.log, position: record.position() }
    },
    create: (label, { actor, turn, meta = {}, signal }) =>
      inTurn(signal, async () => {
        const { pending } = record.history()
        if (pending) throw restoreIsPending(pending)
        const taken = await looking.take({ signal })
        throwIfAborted(signal)
        const role = turn === undefined ? "manual" : turn.at === "start" ? "turn-start" : "turn-end"
        const checkpoint = { ...made(taken, { label, role }), turn: turn?.id ?? null, meta }
        const history = await record.handle({ type: "create", checkpoint }, actor)
        const oldest = history.checkpoints.find(({ tag }) => tag === null)
        const isOld = oldest !== undefined && clock.now() - oldest.atMs > policy.maxAgeMs + 86_400_000
        if (isOld || history.checkpoints.length > policy.maxCount + slack) await prune(policy, actor, false)
        return record.byId(checkpoint.id)
      }),
    look: ({ signal } = {}) => inTurn(signal, () => looking.take({ signal })),
    find: record.find,
    diff: async (from, to, how = {}) =>
      (await between(from, to, how)).map(({ path, before, after }) =>
        describeChange(path, before, after, how.withText ? store : undefined),
      ),
    compare: async (from, to, how = {}) => compared(await between(from, to, how)),
    restore: (name, how) =>
      inTurn(how.signal, async () => restoring.restore(name, { ...how, paths: how.paths?.map(asShown) })),
    undo: (how) => inTurn(how.signal, () => restoring.undo(how)),
    redo: (how) => inTurn(how.signal, () => restoring.redo(how)),
    resume: (how, by) => inTurn(undefined, () => restoring.resume(how, by)),
    tag: (name, tag, { actor }) =>
      inTurn(undefined, async () => {
        const { id } = record.find(name)
        await record.handle({ type: "tag", data: { id, tag, atMs: clock.now() } }, actor)
        return record.byId(id)
      }),
    prune: ({ actor, policy: wanted, dryRun = false }) =>
      inTurn(undefined, () => prune({ ...policy, ...wanted }, actor, dryRun)),
    verify: ({ signal } = {}) =>
      inTurn(signal, async () => {
        const good = new Set<string>()
        const damaged: { checkpoint: Checkpoint; why: string }[] = []
        const breathe = timeSlices()
        for (const checkpoint of record.history().checkpoints) {
          try {
            for (const hash of objectsNamed([checkpoint], { trees, store, counted: new Set() })) {
              if (!good.has(hash)) store.get(hash)
              good.add(hash)
              await breathe(signal)
            }
          } catch (thrown) {
            if (!(thrown instanceof SnapshotDamagedError)) throw thrown
            damaged.push({ checkpoint, why: thrown.message })
          }
        }
        return damaged
      }),
    size: store.size,
    close: () =>
      inTurn(undefined, async () => {
        await looking.close()
        store.close()
      }),
  }
}

const sizeOf = (entry: TreeEntry | undefined) => (entry?.kind === "file" ? entry.sizeBytes : 0)

function compared(changes: readonly { before: TreeEntry | undefined; after: TreeEntry | undefined }[]) {
  const counts = { created: 0, deleted: 0, changed: 0, others: 0, bytesBefore: 0, bytesAfter: 0 }
  for (const { before, after } of changes) {
    const { action } = describeChange("", before, after)
    if (action === "create") counts.created++
    else if (action === "delete") counts.deleted++
    else if (action === "change") counts.changed++
    else counts.others++
    counts.bytesBefore += sizeOf(before)
    counts.bytesAfter += sizeOf(after)
  }
  return counts
}
