import { asDuckError, CancelledError } from "../../base/errors.ts"
import type { CommandAnswer, Rendering } from "../../base/wire.ts"
import type { SessionItem } from "../../commands/session/item.ts"
import { type Connection, duckClient } from "../sdk/index.ts"
import type { Address, CallOptions } from "../sdk/types.ts"

/** The conversation that a terminal is in, over one connection that comes back by itself. */
export interface Talk {
  /** Runs any command. Throws what the server says. */
  run(name: string, input: object, rendering?: Rendering): Promise<CommandAnswer>
  /** From now on this conversation is watched, and no other. */
  enter(session: string): void
  close(): void
}

export interface TalkOptions {
  /** Where the server is; starts one where there is none. */
  address(): Promise<Address>
  readonly project: string
  onItem(item: SessionItem): void
  /** The server went away or stopped; `comesBack`: the connection is made again by itself. */
  onAway(comesBack: boolean): void
  onFailure(error: Error): void
}

/** Any command by its name; the server checks name and input. */
type AnyRun = (name: string, input: object, options: CallOptions) => Promise<CommandAnswer>

export function talk({ address, project, onItem, onAway, onFailure }: TalkOptions): Talk {
  const client = duckClient({ address, project })
  let connection: Connection | undefined
  let watching: { readonly session: string; readonly leave: AbortController } | undefined

  const connected = (): Connection => {
    connection ??= client.connect()
    return connection
  }
  const runOn = (name: string, input: object, options: CallOptions) =>
    (connected().run as unknown as AnyRun)(name, input, options)

  /** Until it is left. A server that dies is waited for; one that stops is left alone until somebody speaks. */
  const watch = async (session: string, signal: AbortSignal) => {
    while (!signal.aborted) {
      try {
        await runOn(
          "session.watch",
          { session },
          { signal, timeoutMs: 0, onItem: (item) => onItem(item as SessionItem) },
        )
        return rest()
      } catch (thrown) {
        if (signal.aborted) return
        const error = asDuckError(thrown)
        if (error.code === "SERVER_STOPPING") return rest()
        if (error.code !== "CONNECTION_LOST") return onFailure(error)
        onAway(true)
      }
    }
  }
  const rest = () => {
    connection?.close()
    connection = undefined
    watching = undefined
    onAway(false)
  }
  const leave = () => {
    watching?.leave.abort(new CancelledError("Left."))
    watching = undefined
  }

  return {
    run: (name, input, rendering) => runOn(name, input, { timeoutMs: 0, ...(rendering ? { rendering } : {}) }),
    enter(session) {
      if (watching?.session === session) return
      leave()
      watching = { session, leave: new AbortController() }
      void watch(session, watching.leave.signal)
    },
    close() {
      leave()
      connection?.close()
    },
  }
}
