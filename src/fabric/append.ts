import { UnavailableError } from "../base/errors.ts"
import type { Commit, LogId, Sequencer, Settled } from "./ports.ts"

/** How long an append whose outcome is not known is asked after before the caller is told so. */
const settleWithinMs = 30_000

type Appending = Pick<Sequencer, "append" | "settle">

/**
 * Appends, and where the engine can't say whether it stored the commit, settles it: the answer is final either way.
 * Throws AppendUnknownError when not even settling got an answer in time; the same commit may be settled later.
 */
export async function appendSettled(
  sequencer: Appending,
  log: LogId,
  commit: Commit,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<Settled> {
  const result = await sequencer.append(log, commit, signal ? { signal } : {})
  return result.kind === "unknown" ? settled(sequencer, log, commit) : result
}

/** What became of a commit that was appended with an unknown outcome. Throws AppendUnknownError. */
export async function settled(sequencer: Appending, log: LogId, commit: Commit): Promise<Settled> {
  try {
    return await sequencer.settle(log, commit, { deadlineMs: settleWithinMs })
  } catch (cause) {
    throw new AppendUnknownError(log, commit, cause)
  }
}

/** Stored or not: nothing else may be appended to the stream until this commit is settled. */
export class AppendUnknownError extends UnavailableError {
  constructor(log: LogId, commit: Commit, cause: unknown) {
    super({
      code: "APPEND_UNKNOWN",
      message: `Whether the commit ${commit.id} to ${commit.stream} of ${log} was stored is not known yet.`,
      hint: "Nothing is lost: look again in a moment, before you repeat what you did.",
      cause,
      details: { log, stream: commit.stream, commit: commit.id },
    })
  }
}
