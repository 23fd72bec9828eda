import { RE2JS } from "re2js"
import { z } from "zod"

const isPattern = (text: string) => {
  try {
    RE2JS.compile(text)
    return true
  } catch {
    return false
  }
}

/**
 * What a rule is checked by: an ast-grep pattern (`console.log($$$)`) or a regular expression in RE2's syntax, whose time
 * is linear in the file, so that a rule of a strange project can't hang anyone.
 */
export const Check = z
  .strictObject({
    pattern: z.string().min(1).max(2_000).optional(),
    regex: z.string().min(1).max(2_000).refine(isPattern, "is no regular expression in RE2's syntax").optional(),
    /** "none": every match breaks the rule; "some": a file without a match does. */
    expect: z.enum(["none", "some"]).default("none"),
    /** What is said of each place. */
    message: z.string().min(1).max(500).optional(),
  })
  .refine(
    ({ pattern, regex }) => (pattern === undefined) !== (regex === undefined),
    "wants a pattern or a regex, not both",
  )
export type Check = z.infer<typeof Check>
