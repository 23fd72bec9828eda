/** The process exit codes of every `duck` command. */
export const exitCodes = { done: 0, findings: 1, usage: 2, unavailable: 3, interrupted: 130 } as const

export interface DuckErrorOptions {
  /** Stable, machine-readable, SCREAMING_SNAKE: users and scripts match on it. */
  readonly code: string
  /** What happened and why, for a person. */
  readonly message: string
  /** What to do next. */
  readonly hint?: string | undefined
  /** HTTP status with which a server answers. */
  readonly status?: number | undefined
  readonly cause?: unknown
  /** Facts a program can use (paths, positions, limits). Must be JSON. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
}

/** The one error of the house. Throw it where the cause is known; translate once, at the boundary. */
export class DuckError extends Error {
  readonly code: string
  readonly hint: string | undefined
  readonly status: number
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(options: DuckErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = options.code
    this.hint = options.hint
    this.status = options.status ?? 500
    this.details = options.details
  }

  toJSON(): ErrorBody {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      status: this.status,
      ...(this.details === undefined ? {} : { details: this.details }),
    }
  }
}

/** An error as it travels over the wire. */
export interface ErrorBody {
  readonly code: string
  readonly message: string
  readonly hint?: string
  readonly status: number
  readonly details?: Readonly<Record<string, unknown>>
}

export class InvalidInputError extends DuckError {
  constructor(options: Omit<DuckErrorOptions, "code" | "status"> & { readonly code?: string }) {
    super({ code: "INVALID_INPUT", ...options, status: 400 })
  }
}

export class NotFoundError extends DuckError {
  constructor(options: Omit<DuckErrorOptions, "code" | "status"> & { readonly code?: string }) {
    super({ code: "NOT_FOUND", ...options, status: 404 })
  }
}

/** Something that is needed is not there now: a server, a program, a disk. */
export class UnavailableError extends DuckError {
  constructor(options: Omit<DuckErrorOptions, "code" | "status"> & { readonly code?: string }) {
    super({ code: "UNAVAILABLE", ...options, status: 503 })
  }
}

export class CancelledError extends DuckError {
  constructor(message = "Cancelled.") {
    super({ code: "CANCELLED", message, status: 499 })
  }
}

export class TimeoutError extends DuckError {
  constructor(what: string, timeoutMs: number) {
    super({
      code: "TIMEOUT",
      message: `${what} did not finish within ${timeoutMs} ms.`,
      hint: "Try again, or give it more time with --timeout.",
      status: 504,
      details: { timeoutMs },
    })
  }
}

/** Any thrown value as a DuckError; what is not one of ours becomes INTERNAL and keeps its cause. */
export function asDuckError(thrown: unknown): DuckError {
  if (thrown instanceof DuckError) return thrown
  if (thrown instanceof Error && thrown.name === "AbortError") return new CancelledError()
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new DuckError({
    code: "INTERNAL",
    message: `Unexpected error: ${message}`,
    hint: "Run the command again with --debug for the details; `duck doctor` checks the installation.",
    cause: thrown,
  })
}

/** The exit code with which a command that ended in `error` leaves. */
export function exitCodeOf(error: { readonly code: string; readonly status: number }): number {
  if (error.code === "CANCELLED") return exitCodes.interrupted
  if (error.status === 503 || error.status === 504) return exitCodes.unavailable
  if (error.status === 400) return exitCodes.usage
  return exitCodes.findings
}

/** The `code` of a Node system error (ENOENT, EACCES, ...), or undefined. */
export function systemCode(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("code" in thrown)) return undefined
  return typeof thrown.code === "string" ? thrown.code : undefined
}
