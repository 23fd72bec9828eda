import type { CommandAnswer } from "../../base/wire.ts"
import type { Address, CallOptions, Calls, ClientOptions } from "./types.ts"

type Run = (name: string, input: unknown, options: CallOptions) => Promise<CommandAnswer>

/** The typed face of an untyped call. The server checks inputs, and outputs against the schema the type comes from. */
export function callsBy(run: Run): Calls {
  const typed = (name: string, input?: unknown, options?: CallOptions) => run(name, input ?? {}, options ?? {})
  return {
    run: typed as Calls["run"],
    call: (async (name: string, input?: unknown, options?: CallOptions) =>
      (await typed(name, input, options)).output) as Calls["call"],
  }
}

export const addressOf = async ({ address }: ClientOptions): Promise<Address> =>
  typeof address === "function" ? address() : address

export const projectOf = ({ project }: ClientOptions) => (project === undefined ? {} : { project })

export function remember(seen: Map<string, number>, answer: CommandAnswer): void {
  for (const [log, position] of Object.entries(answer.seen ?? {})) {
    seen.set(log, Math.max(seen.get(log) ?? 0, position))
  }
}
