import { InvalidInputError } from "../../base/errors.ts"
import { noMemory } from "./history.ts"
import type { Remembered } from "./remembered.ts"

/** Shortest end of an id that is taken for it. */
const shortestEnd = 4

/** The one that an id, or its end, means. Throws NO_MEMORY, or AMBIGUOUS. */
export function theOne(found: readonly Remembered[], typed: string): Remembered {
  const whole = found.find(({ id }) => id === typed)
  if (whole) return whole
  const end = typed.toLowerCase()
  const meant = end.length < shortestEnd ? [] : found.filter(({ id }) => id.toLowerCase().endsWith(end))
  const [only, another] = meant
  if (only && !another) return only
  if (!only) throw noMemory(typed)
  throw new InvalidInputError({
    code: "AMBIGUOUS",
    message: `${JSON.stringify(typed)} ends ${meant.length} ids.`,
    hint: `Type more of it: ${meant
      .slice(0, 10)
      .map(({ id }) => id)
      .join(", ")}`,
  })
}
