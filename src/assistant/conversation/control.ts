import { DuckError } from "../../base/errors.ts"
import type { Party } from "./events.ts"
import type { ConversationState } from "./state.ts"

/** A person who speaks, through one of their clients. */
export interface Speaker {
  readonly user: string
  /** The name their client gives itself: "cli", "vscode". */
  readonly client?: string
  /** May take control of what is not theirs. */
  readonly isAdmin: boolean
}

/** "ada", or "ada@vscode" for one of her clients. */
export const spokenParty = ({ user, client }: Party): string => (client === undefined ? user : `${user}@${client}`)

export const isInControl = ({ control }: Pick<ConversationState, "control">, { user, client }: Speaker): boolean =>
  control === undefined || (control.user === user && (control.client === undefined || control.client === client))

/** Whether one who does not control it may take it: its owner, and admins. */
export const mayTake = ({ owner }: Pick<ConversationState, "owner">, { user, isAdmin }: Speaker): boolean =>
  isAdmin || owner === user

/** Throws NOT_IN_CONTROL, which says who is, and how to get there. */
export function requireControl(state: Pick<ConversationState, "control" | "owner">, speaker: Speaker): void {
  if (state.control === undefined || isInControl(state, speaker)) return
  const who = spokenParty(state.control)
  throw new DuckError({
    code: "NOT_IN_CONTROL",
    message: `${who} controls this conversation; you are ${spokenParty(speaker)}.`,
    hint: mayTake(state, speaker)
      ? "Take it: `duck session handoff <id> --take`; or ask them to hand it over."
      : `Ask ${state.control.user} to hand it over: \`duck session handoff <id> --to ${speaker.user}\`. Its owner${
          state.owner === undefined ? "" : ` (${state.owner})`
        } or an admin can take it.`,
    status: 409,
    details: { control: state.control },
  })
}
