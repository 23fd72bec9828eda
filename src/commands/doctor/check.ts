import { z } from "zod"
import type { Host } from "../context.ts"

/** One thing the doctor looked at. */
export const Check = z.object({
  name: z.string(),
  /** "problem" makes the exit code 1; "note" is worth knowing. */
  state: z.enum(["ok", "note", "problem"]),
  says: z.string(),
  /** What to do, or what was done. */
  advice: z.string().optional(),
  /** "offered": `--fix` (or `--recover`) would do it; "done": it has been done, and the state is the one after it. */
  repair: z.enum(["offered", "done"]).optional(),
})
export type Check = z.infer<typeof Check>

export interface Examination {
  readonly host: Host
  readonly folder: string
  /** Mend what can be mended without losing anything. */
  readonly fixes: boolean
  /** Save what can be read of damaged logs into new files. */
  readonly recovers: boolean
  readonly signal: AbortSignal
}

export const ok = (name: string, says: string): Check => ({ name, state: "ok", says })
export const note = (name: string, says: string, advice?: string): Check => ({
  name,
  state: "note",
  says,
  ...(advice === undefined ? {} : { advice }),
})
export const problem = (name: string, says: string, advice: string): Check => ({ name, state: "problem", says, advice })

/** A problem with a cure: carried out when `does` is set, and offered otherwise. A cure that fails says so. */
export async function curable(
  found: { readonly name: string; readonly says: string; readonly cure: string },
  does: boolean,
  cure: () => unknown,
): Promise<Check> {
  const { name, says } = found
  if (!does) return { name, state: "problem", says, advice: found.cure, repair: "offered" }
  try {
    await cure()
    return { name, state: "ok", says, advice: found.cure, repair: "done" }
  } catch (error) {
    return problem(name, says, `It could not be mended: ${error instanceof Error ? error.message : String(error)}`)
  }
}
