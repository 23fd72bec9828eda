import type { ConversationState } from "./state.ts"

/** Messages that a hook may still refuse: nobody but whoever said them is shown them before it is known. */
export const undecided = ({ queued, turn }: Pick<ConversationState, "queued" | "turn">): ReadonlySet<string> =>
  new Set([...queued, ...(turn?.steps === 0 ? [turn.message] : [])])
