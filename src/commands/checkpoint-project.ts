import type { Checkpoints } from "../workspace/checkpoints/checkpoints.ts"
import type { CommandContext } from "./context.ts"

/** A first checkpoint of a large tree reads all of it. */
export const checkpointTimeoutMs = 900_000

/** Runs `work` with the checkpoints of the caller's project. */
export async function withCheckpoints<T>(
  context: CommandContext,
  work: (checkpoints: Checkpoints) => Promise<T>,
): Promise<T> {
  const { id, root } = await context.project()
  return context.host.checkpoints.use({ id, root }, async (checkpoints) => {
    const before = checkpoints.position.position
    try {
      return await work(checkpoints)
    } finally {
      const { log, position } = checkpoints.position
      if (position > before) context.saw(log, position)
    }
  })
}
