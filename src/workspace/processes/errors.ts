import { DuckError, UnavailableError } from "../../base/errors.ts"

/** The policy wants a sandbox, and this system has none that works. */
export const noSandbox = (why: string) =>
  new UnavailableError({
    code: "NO_SANDBOX",
    message: `Programs may only run in bubblewrap here, and it does not work: ${why}.`,
    hint: "Install bubblewrap (Debian, Ubuntu, Fedora, Arch: package bubblewrap) and allow user namespaces, or change the policy.",
  })

/** The program could not be started at all. */
export const notStarted = (why: string, cause?: unknown) =>
  new DuckError({
    code: "RUN_NOT_STARTED",
    message: `The command could not be started: ${why}.`,
    hint: "`duck doctor` checks the sandbox.",
    status: 503,
    cause,
  })

export const tooManyRuns = (most: number) =>
  new DuckError({
    code: "TOO_MANY_RUNS",
    message: `${most} programs run already, as many as a conversation may have at a time.`,
    hint: "Stop some of them first.",
    status: 409,
  })

export const noSuchRun = (id: string) =>
  new DuckError({
    code: "NO_SUCH_RUN",
    message: `There is no run ${id} (any more).`,
    hint: "List the runs; only the latest are kept.",
    status: 404,
  })
