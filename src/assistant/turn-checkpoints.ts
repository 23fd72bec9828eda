import { count } from "../base/text.ts"
import type { Logger } from "../observe/log.ts"
import { spokenReason } from "../workspace/checkpoints/coverage.ts"
import type { CheckpointedProject, SharedCheckpoints } from "../workspace/checkpoints/shared-checkpoints.ts"
import type { Line } from "./agents/line.ts"
import { event } from "./conversation/decide.ts"
import type { LiveConversation } from "./conversation/live.ts"
import type { TurnCheckpoint } from "./loop/options.ts"

/** Records the files around turns, so that all of a turn can be taken back. */
export interface TurnCheckpoints {
  /** A restore that a crash cut off goes on; what people changed since is left. Whoever wanted it back can undo it. */
  settle(project: CheckpointedProject, actor: string): Promise<void>
  /** What an agent changes, the turns it works for have changed: their start is recorded with its own. */
  take(options: {
    readonly project: CheckpointedProject
    /** The conversation that is run, last, and those it works for. */
    readonly line: Line<LiveConversation>
    readonly conversation: LiveConversation
    readonly turn: string
    readonly at: "start" | "end"
    readonly actor: string
  }): Promise<TurnCheckpoint>
}

/** So many paths that are not covered are named; the others are counted. */
const mostNamed = 10

export function turnCheckpoints(shared: Pick<SharedCheckpoints, "use">, logger: Logger): TurnCheckpoints {
  const protecting = new WeakMap<LiveConversation, { readonly turn: string; readonly done: Promise<void> }>()

  const taken = (project: CheckpointedProject, label: string, id: string, at: "start" | "end", actor: string) =>
    shared.use(project, async (checkpoints): Promise<TurnCheckpoint> => {
      const made = await checkpoints.create(label, { actor, turn: { id, at } })
      if (made.uncoveredCount === 0) return { id: made.id }
      const paths = made.uncovered.slice(0, mostNamed).map(({ path, why }) => ({ path, why: spokenReason(why) }))
      return { id: made.id, uncovered: { count: made.uncoveredCount, paths } }
    })

  const protect = (above: LiveConversation, project: CheckpointedProject, actor: string): Promise<void> => {
    const { turn, title } = above.state
    if (!turn || turn.isProtected) return Promise.resolve()
    const known = protecting.get(above)
    if (known?.turn === turn.id) return known.done
    const done = (async () => {
      const { id: checkpoint, uncovered } = await taken(project, title, turn.id, "start", actor)
      const data = { turn: turn.id, checkpoint, when: "before", ...(uncovered && { uncovered }) } as const
      await above.record([event("checkpoint.taken", data)], actor)
    })()
    protecting.set(above, { turn: turn.id, done })
    done.catch(() => protecting.delete(above))
    return done
  }

  return {
    settle: (project, actor) =>
      shared.use(project, async (checkpoints) => {
        if (checkpoints.history.pending === null) return
        try {
          const resumed = await checkpoints.resume("finish", { actor })
          if (resumed === null) return
          const { changes, left } = resumed
          const done = `${count(changes.length, "path")} restored, ${count(left.length, "path")} left`
          logger.warn("a restore that was cut off was finished", { root: project.root, done })
        } catch (error) {
          // Nothing can be recorded until it is settled: the first effect of a turn says so, and what to do.
          logger.warn("a restore that was cut off could not be finished", { root: project.root, error })
        }
      }),
    async take({ project, line, conversation, turn, at, actor }) {
      if (at === "start") for (const above of line.slice(0, -1)) await protect(above, project, actor)
      return taken(project, conversation.state.title, turn, at, actor)
    },
  }
}
