import type { Clock } from "../../base/clock.ts"
import type { Limits } from "./limits.ts"
import type { OutputPage, OutputSummary } from "./output.ts"
import type { SandboxPolicy } from "./policy.ts"
import type { Protection } from "./protection.ts"
import type { Ended, EndReason } from "./run-process.ts"

/** What was run and what came of it; for the audit. Plain JSON. */
export interface RunEvent {
  readonly operation: "run"
  readonly id: string
  /** Escaped and cut to 300 characters. */
  readonly command: string
  readonly outcome: "done" | "refused" | "failed"
  readonly protection?: Protection["kind"]
  readonly reason?: EndReason
  readonly exitCode?: number | null
  readonly durationMs?: number
  readonly code?: string
}

export interface RunOptions {
  /** Inside the project or a writable folder of the policy; the project's root where it is left out. */
  readonly cwd?: string | undefined
  readonly env?: Readonly<Record<string, string>> | undefined
  /** What it reads on its standard input; empty where it is left out. */
  readonly input?: string | undefined
  readonly limits?: Partial<Limits> | undefined
  /** What it belongs to: it is ended with that, by `endTurn`. */
  readonly turn?: string | undefined
  /** Ends it; it then answers with the reason `cancelled`. */
  readonly signal?: AbortSignal | undefined
  /** Text as it comes, never cut inside a character. */
  readonly onOutput?: ((text: string) => void) | undefined
}

export interface Finished extends Ended {
  readonly id: string
  readonly command: string
  readonly durationMs: number
  readonly output: OutputSummary
  readonly protection: Protection["kind"]
}

export interface RunInfo {
  readonly id: string
  readonly command: string
  readonly startedAtMs: number
  /** Undefined while it runs. */
  readonly ended: Ended | undefined
  readonly outputBytes: number
}

export interface RunPage extends OutputPage {
  /** `lost`: an earlier server ran it, and it ended with that at the latest. */
  readonly state: "running" | "ended" | "lost"
}

/** The programs of one session in one project. */
export interface Processes {
  /** How runs are protected here; found out once. Throws NO_SANDBOX where the policy wants more than there is. */
  protection(): Promise<Protection>
  /**
   * Runs a shell command and waits for its end, which it always tells with a reason: also a time-out, a cancel and a limit
   * are answers. When it resolves, nothing of the run lives. Output and errors come as one.
   * Throws RUN_NOT_STARTED, NO_SANDBOX, TOO_MANY_RUNS, PathRefusedError for `cwd`, InvalidInputError.
   */
  run(command: string, options?: RunOptions): Promise<Finished>
  /** As `run` in the background, without a time limit unless one is given. */
  start(command: string, options?: RunOptions): Promise<RunInfo>
  /** Running ones and the latest that have ended, oldest first. */
  list(): readonly RunInfo[]
  /**
   * Output from a byte on, of a run that has ended or still runs; also of one of an earlier server, while its file is
   * there. Throws NO_SUCH_RUN.
   */
  page(id: string, options?: { readonly offset?: number; readonly maxBytes?: number }): Promise<RunPage>
  /** Waits for the end of a run; the signal ends the waiting alone. Throws NO_SUCH_RUN. */
  wait(id: string, signal?: AbortSignal): Promise<Finished>
  /** Ends a run. Throws NO_SUCH_RUN. */
  stop(id: string): Promise<Finished>
  /** Ends what belongs to a turn and still runs; gives what it ended. When it resolves, nothing of that lives. */
  endTurn(turn: string): Promise<readonly RunInfo[]>
  /** Ends all; nothing can be started afterwards. The files of outputs stay. */
  close(): Promise<void>
}

export interface ProcessesOptions {
  readonly root: string
  readonly policy: SandboxPolicy
  /** Where outputs are stored, out of sight of what runs: a folder in RubberDuck's data. Made where it is missing. */
  readonly outputFolder: string
  /** Where what runs is noted, for `sweepRuns` of the next server. One for all of a server; out of sight as well. */
  readonly recordFolder: string
  readonly audit: (event: RunEvent) => void
  readonly clock?: Clock
  readonly env?: NodeJS.ProcessEnv
}
