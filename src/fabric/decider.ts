import type { Event } from "./ports.ts"

/**
 * One aggregate as three pure parts (Jérémie Chassaing, "Functional Event Sourcing Decider"): what it starts as, which
 * events a command leads to, and what an event makes of the state. No I/O, no clock, no ids: what is needed comes in
 * the command.
 */
export interface Decider<Command, State, E extends Event = Event> {
  readonly initial: State
  /** The events that happen, none when nothing has to. Throws a DuckError to refuse the command. */
  decide(command: Command, state: State): readonly E[]
  /** Never changes `state`; gives the next one. Total: an event that happened can't be refused. */
  evolve(state: State, event: E): State
}

/** Gives the decider itself, its types inferred. */
export const decider = <Command, State, E extends Event>(parts: Decider<Command, State, E>) => parts

/** The state after events. */
export function fold<Command, State, E extends Event>(
  { initial, evolve }: Pick<Decider<Command, State, E>, "initial" | "evolve">,
  events: Iterable<E>,
  from: State = initial,
): State {
  let state = from
  for (const event of events) state = evolve(state, event)
  return state
}
