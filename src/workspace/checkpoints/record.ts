import type { Clock } from "../../base/clock.ts"
import { decidedStreams } from "../../fabric/decider-stream.ts"
import type { LogId, Position, StreamId } from "../../fabric/ports.ts"
import type { CheckpointsOptions } from "./checkpoints.ts"
import { checkpointNotFound } from "./errors.ts"
import { type Checkpoint, type History, type HistoryCommand, historyDecider } from "./history.ts"
import { parseCheckpointEvent } from "./history-events.ts"

/** The history of a project's checkpoints on its log. */
export interface Record {
  readonly log: LogId
  history(): History
  position(): Position
  /** Decides and stores; gives the history after it. */
  handle(command: HistoryCommand, actor: string): Promise<History>
  /** By number, id, tag, or `last`. Throws NotFoundError. */
  find(name: string): Checkpoint
  byId(id: string): Checkpoint
}

export function recordOf(projectId: string, fabric: CheckpointsOptions["fabric"], clock: Clock): Record {
  const log: LogId = `project.${projectId}`
  const stream: StreamId = `checkpoints.${projectId}`
  const decided = decidedStreams({ ...fabric, decider: historyDecider, parse: parseCheckpointEvent, clock })
  const history = () => decided.load(log, stream).state
  return {
    log,
    history,
    position: () => decided.load(log, stream).head,
    handle: async (command, actor) => (await decided.handle(log, stream, command, { actor })).state,
    find(name) {
      const { checkpoints } = history()
      const found =
        name === "last"
          ? checkpoints.at(-1)
          : (checkpoints.find(({ tag }) => tag === name) ??
            checkpoints.find(({ id, number }) => id === name || String(number) === name))
      if (!found) throw checkpointNotFound(name)
      return found
    },
    byId(id) {
      const found = history().checkpoints.find((one) => one.id === id)
      if (!found) throw checkpointNotFound(id)
      return found
    },
  }
}
