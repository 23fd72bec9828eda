import type { Checkpoints } from "../workspace/checkpoints/checkpoints.ts"
import type { CommandContext } from "./context.ts"

/** A first checkpoint of a large tree reads all of it. */
export const checkpointTimeoutMs = 900_000

/** Opens the checkpoints of the caller's project for as long as `work` takes. */
export async function withCheckpoints<T>(
  context: CommandContext,
  work: (checkpoints: Checkpoints) => Promise<T>,
): Promise<T> {
  const { openCheckpoints } = await import("../workspace/checkpoints/open-checkpoints.ts")
  const { host } = context
  const { id, root } = await context.project()
  const fabric = host.fabric()
  const checkpoints = await openCheckpoints({
    root,
    projectId: id,
    dataFolder: host.folders.data,
    fabric,
    clock: host.clock,
  })
  const before = checkpoints.position.position
  try {
    return await work(checkpoints)
  } finally {
    const { log, position } = checkpoints.position
    if (position > before) context.saw(log, position)
    await checkpoints.close()
  }
}
