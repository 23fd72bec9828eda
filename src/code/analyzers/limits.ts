import { z } from "zod"

/** From where on a measure is a finding. */
export const Limits = z.strictObject({
  fileLines: z.int().min(1).default(800).describe("Lines of code in a file."),
  functionLines: z.int().min(1).default(80).describe("Lines of code in a function."),
  parameters: z.int().min(1).default(6).describe("Parameters of a function."),
  nesting: z.int().min(1).default(4).describe("Control structures inside one another."),
  cyclomatic: z.int().min(1).default(20).describe("Cyclomatic complexity of a function."),
  cognitive: z.int().min(1).default(15).describe("Cognitive complexity of a function."),
  fanOut: z.int().min(1).default(30).describe("Files of the project that one file imports."),
  duplicateTokens: z.int().min(20).default(50).describe("Tokens in a duplicate, at least."),
  renamedTokens: z.int().min(20).default(100).describe("Tokens in a duplicate whose names or values differ, at least."),
  duplicateLines: z.int().min(1).default(5).describe("Lines in a duplicate, at least."),
})
export type Limits = z.infer<typeof Limits>

export const defaultLimits: Limits = Limits.parse({})
