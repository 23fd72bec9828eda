import type { EndedParams, EventParams, Progress } from "../../base/wire.ts"

/** What goes through one connection, for those who build on it. */
export interface Link {
  /** Waits until there is a connection, sends, and resolves with the result. */
  request(method: string, params: unknown, options?: { signal?: AbortSignal } & Hearing): Promise<unknown>
  /** Hears of notifications until the returned function is called. */
  hear(listener: Listener): () => void
  readonly closed: AbortSignal
}

/** Told of what comes before a request's result. */
export interface Hearing {
  readonly onProgress?: ((progress: Progress) => void) | undefined
  readonly onItem?: ((item: unknown) => void) | undefined
}

export interface Listener {
  event?(params: EventParams): void
  ended?(params: EndedParams): void
  /** The connection is gone; another one follows. */
  lost?(): void
}
