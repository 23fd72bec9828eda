import { entryOf } from "../../assistant/conversation/entries.ts"
import type { ConversationEvent } from "../../assistant/conversation/events.ts"
import { InvalidInputError } from "../../base/errors.ts"

/**
 * The checkpoint that has the files as they were right after an entry: the first that was taken after it. Undefined where
 * no turn has changed a file since. Throws NOT_RECORDED in the middle of a turn that had begun to change files.
 */
export function filesAfter(events: readonly ConversationEvent[], entry: string): string | undefined {
  /** The turn that was under way, and whether it had begun to change files. */
  let isProtected = false
  let isAfter = false
  for (const event of events) {
    if (isAfter) {
      if (event.type === "checkpoint.taken") return event.data.checkpoint
      if (event.type === "conversation.rewound" && event.data.files) return event.data.files.before
      if (entryOf(event) && isProtected) throw notRecorded()
    }
    if (event.type === "turn.started" || event.type === "turn.ended") isProtected = false
    if (event.type === "checkpoint.taken") isProtected = event.data.when === "before"
    if (entryOf(event)?.id === entry) isAfter = true
  }
  return undefined
}

const notRecorded = () =>
  new InvalidInputError({
    code: "NOT_RECORDED",
    message: "The turn was changing files at that moment, and they are recorded at its beginning and its end.",
    hint: "Rewind to the message that began the turn, or to its last answer; or only the conversation: --what conversation.",
  })
