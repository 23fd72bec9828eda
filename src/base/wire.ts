import type { ErrorBody } from "./errors.ts"

/**
 * What goes over the wire between a client and the server: names and shapes only, so that thin clients can use it.
 *
 * **Finding the server.** The server that owns a data folder keeps `<data>/server.json` (0600) as long as it accepts
 * requests; the file is written whole (rename) after the port is open and removed at a clean stop. After `kill -9` it
 * is stale: nobody listens on the port, or `/health` answers another `instance`. Then start a server: it takes the
 * folder's lock itself, so that starting one too many is harmless.
 *
 * **Starting it.** Spawn `duck-server.js`, detached, with stdout and stderr into a log file. It is ready when
 * `server.json` names the child's pid (or any other live server: two clients may have started one at the same time,
 * and the one that finds the data folder held leaves with exit code 3). A start that fails writes one last line to
 * stderr, `{"startError": ErrorBody}`, and leaves with the exit code of that error.
 *
 * **Versions.** Client and server come in one package, so the command line wants exactly its own version: the server
 * answers `x-duck-version` to everything, and refuses a command of a `cli/<other version>` with 409 VERSION_MISMATCH
 * (except `stop`, `status`, `health`). The command line compares `server.json.version` first; when it differs it
 * calls `stop` with `{ "ifIdle": true }` and starts its own, or shows the 409 SERVER_BUSY that it got.
 * Other clients (`sdk/...`) are not refused: `/v1` is their contract.
 *
 * **Commands without a server.** A manifest entry's `runsIn` says where it runs. "process": spawn `duck-local.js`
 * with stdin, stdout and stderr inherited and one argument, a JSON `LocalRequest`; it prints what the person asked
 * for and leaves with the exit code. "client": the client itself (`help`, `version`, `completion`; `serve` starts
 * `duck-server.js` in the foreground with `--port`, `--idle-minutes`). "server": over HTTP or WebSocket; with
 * `startsServer` false a missing server is an answer (`duck status`, `duck stop`), not a reason to start one.
 */
export interface ServerFile {
  readonly pid: number
  readonly port: number
  /** Bearer token of this data folder. */
  readonly token: string
  readonly version: string
  /** ISO 8601. */
  readonly startedAt: string
  /** A new one for every start of the server. */
  readonly instance: string
}

export const serverFileName = "server.json"

/** Request headers of `POST /v1/commands/<name>`; the body is the command's input as JSON, empty for `{}`. */
export const headers = {
  /** Percent-encoded (encodeURIComponent) absolute path of the folder the person stands in. */
  project: "x-duck-project",
  /** An OutputFormat: the answer then carries `rendered`. */
  format: "x-duck-format",
  /** Columns of the terminal; without it, or with 0, lines are not wrapped. */
  width: "x-duck-width",
  /** A ColorDepth; default "0". */
  color: "x-duck-color",
  /** "cli/0.1.0" */
  client: "x-duck-client",
  /** Most milliseconds the command may take; 0: no limit. */
  timeoutMs: "x-duck-timeout-ms",
  /** Id of the session that a model call belongs to; for programs that use the gateway. */
  session: "x-duck-session",
  /** `Seen` as JSON, from an earlier answer: read at least what was written then. */
  seen: "x-duck-seen",
  /** On every answer of the server. */
  version: "x-duck-version",
} as const

export type OutputFormat = "text" | "table" | "markdown" | "json"
export type ColorDepth = "0" | "16" | "256" | "truecolor"

/** How a person wants to see the result. */
export interface Rendering {
  readonly format: OutputFormat
  readonly width?: number | undefined
  readonly color?: ColorDepth | undefined
}

/** `GET /health`, without authentication. */
export interface HealthAnswer {
  readonly status: "ok" | "stopping"
  readonly version: string
  readonly pid: number
  readonly instance: string
  readonly uptimeMs: number
}

/** The answer to a command, 200. Any other status carries an ErrorAnswer. */
export interface CommandAnswer<Output = unknown> {
  readonly output: Output
  /** Present when a format was asked for; ends with a newline. */
  readonly rendered?: string
  readonly exitCode: number
  /** Positions of the logs it wrote to. */
  readonly seen?: Readonly<Record<string, number>>
  /** For a person: a client that has one in front of it may ask. */
  readonly choice?: Choice
}

/** A question that an answer leaves open. */
export type Choice = OneOf | SomeOf

/** Whoever chooses runs the same command again, with the option's `input` over what it was given. */
export interface OneOf {
  readonly question: string
  readonly options: readonly { readonly label: string; readonly input: Readonly<Record<string, unknown>> }[]
}

/** Things that are taken or left one by one; then `command` is run with `input` and, in `field`, the values of those taken. */
export interface SomeOf {
  readonly question: string
  /** `shown`: what there is to see of it before one decides. */
  readonly each: readonly { readonly label: string; readonly shown: string; readonly value: string }[]
  readonly command: string
  readonly input: Readonly<Record<string, unknown>>
  /** Takes the values with commas between. */
  readonly field: string
}

export interface ErrorAnswer {
  readonly error: ErrorBody
}

/**
 * With `accept: text/event-stream` the answer is a stream of server-sent events named by `event:`, with `data:` as
 * JSON: `progress` (Progress) and `item` any number of times, then `result` (CommandAnswer) or `error` (ErrorBody).
 * Comment lines (`:`) are heartbeats. Closing the connection cancels the command.
 *
 * An `item` is what a command tells while it runs (its schema is the command's `item`): each one arrives, in order, and
 * the command waits for a client that does not keep up. Of `progress` only the latest state is worth sending.
 */
export interface Progress {
  /** "scan", "index", "watch"... */
  readonly phase: string
  readonly done?: number
  /** Missing while it is not known. */
  readonly total?: number
  readonly message?: string
}

/** What `duck-local.js` takes as its one argument. */
export interface LocalRequest {
  readonly name: string
  readonly input: unknown
  readonly project: string
  readonly rendering: Rendering
  readonly isDebug?: boolean
}

/** WebSocket subprotocols of `/v1/rpc`. A client without headers adds `duck.token.<token>` to those it offers. */
export const subprotocols = { json: "duck.json.v1", msgpack: "duck.msgpack.v1", tokenPrefix: "duck.token." } as const

/**
 * JSON-RPC 2.0 over WebSocket, one message a frame. `method` is a command's name with CallParams, or one of
 * `events.subscribe` (SubscribeParams -> SubscribeAnswer) and `events.unsubscribe` ({ subscription }).
 * The client's notification `$/cancel` ({ id }) cancels a call. The server's notifications are `progress`
 * (ProgressParams), `item` (ItemParams) and `event` (EventParams), `events.ended` (EndedParams).
 */
export interface CallParams {
  readonly input?: unknown
  /** Absolute path, not encoded. */
  readonly project?: string
  readonly rendering?: Rendering
  readonly timeoutMs?: number
  readonly seen?: Readonly<Record<string, number>>
}
export interface ProgressParams extends Progress {
  /** The id of the call. */
  readonly id: string | number
}
export interface ItemParams {
  /** The id of the call. */
  readonly id: string | number
  readonly item: unknown
}
export interface SubscribeParams {
  /** "core" or "project.<id>". */
  readonly log: string
  /** Position of the last event that was seen; 0 for all. */
  readonly after: number
}
export interface SubscribeAnswer {
  readonly subscription: string
}
/** One commit of a log, in order, without a hole; after a reconnection subscribe again with `after` = `position`. */
export interface EventParams {
  readonly subscription: string
  readonly log: string
  readonly position: number
  readonly stream: string
  readonly events: readonly { readonly type: string; readonly v: number; readonly data: unknown }[]
  readonly at: string
  readonly actor: string
}
/** A subscription that the server ended, and why. */
export interface EndedParams {
  readonly subscription: string
  readonly error: ErrorBody
}

/** JSON-RPC's own codes; an error of a command is `failed` with the ErrorBody as `data`. */
export const rpcCodes = {
  parse: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  failed: -32000,
} as const
