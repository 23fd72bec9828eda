import { z } from "zod"

const least = (what: string, initial: number, lowest = 1) => z.int().min(lowest).default(initial).describe(what)

/** From where on a measure of code is a finding; what is left out stays at its default. */
export const AnalyzeLimits = z.strictObject({
  fileLines: least("Lines of code in a file.", 800),
  functionLines: least("Lines of code in a function.", 80),
  parameters: least("Parameters of a function.", 6),
  nesting: least("Control structures inside one another.", 4),
  cyclomatic: least("Cyclomatic complexity of a function.", 20),
  cognitive: least("Cognitive complexity of a function.", 15),
  fanOut: least("Files of the project that one file imports.", 30),
  duplicateTokens: least("Tokens in a duplicate, at least.", 50, 20),
  renamedTokens: least("Tokens in a duplicate whose names or values differ, at least.", 100, 20),
  duplicateLines: least("Lines in a duplicate, at least.", 5),
})
export type AnalyzeLimits = z.output<typeof AnalyzeLimits>
