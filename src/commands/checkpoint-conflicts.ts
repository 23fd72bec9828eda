import { InvalidInputError } from "../base/errors.ts"
import type { RestoreOptions } from "../workspace/checkpoints/checkpoints.ts"

/** What the flags of a restore ask for. Throws InvalidInputError for two that contradict each other. */
export function conflictsOf({
  force,
  keep,
  dryRun,
}: {
  readonly force: boolean
  readonly keep: boolean
  readonly dryRun: boolean
}): Pick<RestoreOptions, "onConflict" | "dryRun"> {
  if (force && keep)
    throw new InvalidInputError({ message: "--force overwrites what changed since and --keep leaves it: give one." })
  return { onConflict: force ? "overwrite" : keep ? "keep" : "stop", dryRun }
}
