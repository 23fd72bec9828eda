import type { Branded } from "../base/ids.ts"

/** "core", or "project.<id>": a unit of order, replication, retention, access and deletion. */
export type LogId = Branded<string, "LogId">
/** One aggregate in a log: "conv.01J...", "job.01J...", "rules.main". */
export type StreamId = Branded<string, "StreamId">
/** ULID chosen by the writer: the identity of a commit over all retries. */
export type CommitId = Branded<string, "CommitId">
export type NodeId = Branded<string, "NodeId">
/** 1, 2, 3 ... dense in a log. */
export type Position = number
/** Position of a stream's last commit; 0: the stream does not exist yet. */
export type Head = number
/** Position of the claim commit under which a commit was written; 0: written without ownership. */
export type Epoch = number

export interface Event {
  readonly type: string
  /** Version of the event's shape; older ones are upcast when they are read. */
  readonly v: number
  /** JSON. Never contains log positions, so that a log can move between engines with the same hashes. */
  readonly data: unknown
}

export interface CommitMeta {
  readonly actor: string
  readonly node: NodeId
  readonly epoch: Epoch
  /** ISO 8601 time at the writer; information, never used for order. */
  readonly at: string
  readonly cause?: CommitId
  /** W3C traceparent. */
  readonly trace?: string
}

export type Events = readonly [Event, ...Event[]]

/** One or more events, appended all or nothing to one stream at an expected head. */
export interface Commit {
  readonly id: CommitId
  readonly stream: StreamId
  readonly expect: Head
  readonly events: Events
  readonly meta: CommitMeta
}

export interface Committed extends Commit {
  readonly log: LogId
  readonly pos: Position
}

export type Append =
  | { readonly kind: "committed"; readonly pos: Position; readonly repeated: boolean }
  /** Not stored, and never will be. */
  | { readonly kind: "conflict"; readonly head: Head }
  /** Stored or not: `settle` before anything else on this stream. */
  | { readonly kind: "unknown" }

export type Settled = Exclude<Append, { kind: "unknown" }>

export interface AppendOptions {
  readonly deadlineMs?: number
  readonly signal?: AbortSignal
}

/** The only thing an engine is trusted with: one order, decided once. */
export interface Sequencer {
  readonly promise: { readonly ack: "quorum-fsync" | "local-fsync" | "volatile"; readonly replicas: number }
  /**
   * A commit id that is stored already answers its position with `repeated`, whatever it expects. Rejects only when
   * nothing was stored and nothing will be: bad input (COMMIT_INVALID, COMMIT_TOO_LARGE, NOT_JSON), aborted or past the
   * deadline before it was sent, a suspect log.
   */
  append(log: LogId, commit: Commit, options?: AppendOptions): Promise<Append>
  /** Repeats the same commit until it is found or the head has moved past it. Can never store it twice. */
  settle(log: LogId, commit: Commit, options?: { readonly deadlineMs?: number }): Promise<Settled>
  head(log: LogId, stream: StreamId): Promise<Head>
  end(log: LogId): Promise<Head>
  /**
   * Dense, in order, at least once; the sink's promise is the flow control. `done` rejects with LogSuspect on a hole, a
   * regression (the log ends before `after`, or was dropped) or a hash mismatch, and with LogTrimmed when what follows
   * `after` has been trimmed.
   */
  follow(log: LogId, after: Head, sink: (batch: readonly Committed[]) => Promise<void>): Following
  /** Drops the prefix up to and including `upTo`; `seal` is the committed seal that vouches for it. */
  trim(log: LogId, upTo: Position, seal: Committed): Promise<void>
  drop(log: LogId): Promise<void>
}

export interface Following {
  readonly done: Promise<never>
  stop(): Promise<void>
}

/** Consistency token handed to clients: a read that carries it waits until its node has got that far. */
export type Seen = Readonly<Record<LogId, Position>>

/** The local table, identical in both modes: the embedded sequencer writes it, cluster mode mirrors into it. */
export interface LogStore {
  /** One transaction; checks density and extends the hash chain. Throws LogSuspect. */
  ingest(log: LogId, batch: readonly Committed[]): void
  stream(log: LogId, stream: StreamId, after?: Head): Iterable<Committed>
  scan(log: LogId, after: Head, limit: number): readonly Committed[]
  tip(log: LogId): { readonly pos: Head; readonly hash: Uint8Array }
  /** Resolves true once the log has reached `pos`, false after `withinMs`. */
  reached(log: LogId, pos: Position, options: { readonly withinMs: number }): Promise<boolean>
  /** The chain's hash after the commit at `pos`; undefined when that commit is not here (trimmed, or not yet). */
  hashAt(log: LogId, pos: Position): Uint8Array | undefined
  /** Computes the whole chain again from what is stored and checks it, up to the first fault. */
  verify(log: LogId, options?: VerifyOptions): Promise<Verification>
  logs(): readonly LogId[]
  /** Called after a log has grown, appeared or gone. */
  onChange(callback: (log: LogId) => void): () => void
  /** As the sequencer's, from the local table: what views are fed by. */
  follow(log: LogId, after: Head, sink: (batch: readonly Committed[]) => Promise<void>): Following
}

export interface Fault {
  readonly pos: Position
  /** What is wrong there. */
  readonly why: "hole" | "hash" | "unreadable" | "stream" | "seal"
  readonly what: string
}

export interface Verification {
  readonly log: LogId
  readonly ok: boolean
  /** Commits whose hash was computed again and is right. */
  readonly checked: number
  /** Everything up to here was trimmed away, and is vouched for by the hash kept there. */
  readonly trimmedTo: Head
  /** The end of what was checked. */
  readonly tip: { readonly pos: Head; readonly hash: string }
  /** The last position whose hash a valid seal of a trusted key covers; 0 when none does. */
  readonly sealedTo: Head
  readonly seals: number
  readonly fault?: Fault
}

export interface VerifyOptions {
  /** Called now and then with the number of commits checked and how many there are. */
  readonly onProgress?: (checked: number, total: number) => void
  /** Public keys, as `publicKeyOf` gives them, whose seals count. Without them every key does. */
  readonly trustedKeys?: readonly string[]
  readonly signal?: AbortSignal
}

export interface Ownership {
  /** Become the owner, or say who is. Claims when there is none, it was released, or its incarnation is gone or silent. */
  own(log: LogId, stream: StreamId): Promise<Owned | OwnedElsewhere>
}
export interface OwnedElsewhere {
  readonly ownedBy: NodeId
  readonly epoch: Epoch
}
export interface Owned {
  readonly epoch: Epoch
  readonly head: Head
  readonly lost: AbortSignal
  /** Throws FencedError when another owner has claimed the stream. */
  commit(events: Events, meta?: Partial<CommitMeta>): Promise<Position>
  release(prefer?: NodeId): Promise<void>
}

export interface Leases {
  take(key: string, ttlMs: number, value: string): Promise<Lease | { readonly holder: string }>
}
export interface Lease {
  /** Grows with every grant of the key. */
  readonly token: number
  readonly lost: AbortSignal
  stillMine(): boolean
  release(): Promise<void>
}

export interface NodeInfo {
  readonly id: NodeId
  /** A new one for every start of the process. */
  readonly incarnation: string
  readonly address: string
  readonly version: string
}
export interface NodeView extends NodeInfo {
  readonly state: "alive" | "silent" | "gone"
  /** Position and hash of each served log, as the node last said. */
  readonly tips: Readonly<Record<LogId, { readonly pos: Head; readonly hash: string }>>
}
export interface Members {
  readonly self: NodeInfo
  list(): readonly NodeView[]
  changes(callback: (view: readonly NodeView[]) => void): () => void
}

export interface Shared {
  get(key: string): Promise<{ readonly value: Uint8Array; readonly rev: number } | null>
  /** `rev` 0: create. Answers the new revision, or "conflict" when the record is at another one. */
  put(key: string, value: Uint8Array, rev: number, ttlMs?: number): Promise<number | "conflict">
  delete(key: string, rev: number): Promise<"deleted" | "conflict">
  watch(prefix: string, callback: (key: string, value: Uint8Array | null) => void): () => void
}

/** Subjects are dot-separated tokens; `*` matches one token and a trailing `>` one or more, as in NATS. */
export interface Bus {
  /** At most once. */
  send(subject: string, data: Uint8Array): void
  on(subject: string, callback: (data: Uint8Array, subject: string) => void): () => void
  ask(subject: string, data: Uint8Array, withinMs: number): Promise<Uint8Array | "nobody" | "timeout">
  serve(subject: string, group: string | null, handler: (data: Uint8Array) => Promise<Uint8Array>): () => void
}

export type Priority = 0 | 1 | 2

/** The log decides, the doorbell only rings: a lost or doubled ring can neither lose a job nor run an attempt twice. */
export interface Doorbell {
  ring(queue: string, priority: Priority, job: string): Promise<void>
  listen(queue: string, room: () => number, handler: (job: string) => Promise<"done" | "later">): () => void
}

export interface Blobs {
  /** The id is the SHA-256 of the bytes, in hexadecimal. */
  put(bytes: AsyncIterable<Uint8Array>): Promise<string>
  /** Throws NotFoundError, or BlobDamagedError when the bytes no longer have the id's hash. */
  get(id: string): AsyncIterable<Uint8Array>
  has(id: string): Promise<boolean>
  remove(id: string): Promise<void>
}
