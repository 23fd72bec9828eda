import type { ConversationRows } from "../../assistant/conversation/view.ts"
import { InvalidInputError } from "../../base/errors.ts"

/** The id of an entry that is given by id or number, taken back or not; without either, the newest. Throws InvalidInputError. */
export function entryNamed(rows: ConversationRows, session: string, at: string | undefined): string {
  const isNumber = at !== undefined && /^\d{1,9}$/.test(at)
  const found = isNumber
    ? rows.page(session, { before: Number(at) + 1, limit: 1, rewound: true }).entries[0]
    : at === undefined
      ? rows.page(session, { limit: 1 }).entries[0]
      : rows.entry(session, at)
  if (found && (!isNumber || found.n === Number(at))) return found.id
  throw new InvalidInputError({
    message: at === undefined ? "Nothing has been said in it yet." : `It has no entry ${at.slice(0, 100)}.`,
    hint: "`duck session show` numbers them.",
  })
}
