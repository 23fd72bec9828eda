import { z } from "zod"
import type { CheckerRun } from "../../workspace/diagnostics/diagnose.ts"
import { type Block, literal } from "../document.ts"

/** How the project's type checkers went; empty where none is set up for the files. */
export const Checks = z.array(
  z.object({
    tool: z.string(),
    /** That it is set up for; "" for the project. */
    folder: z.string(),
    /** Why it has nothing to say; null where it looked. */
    problem: z.string().nullable(),
  }),
)
export type Checks = z.infer<typeof Checks>

export const checksOf = (runs: readonly CheckerRun[]): Checks =>
  runs.map(({ tool, folder, problem }) => ({ tool, folder, problem: problem ?? null }))

/** Who looked at the types, and why somebody could not. */
export function checkBlocks(checks: Checks): Block[] {
  if (checks.length === 0) return []
  const said = checks.map(({ tool, folder, problem }) => {
    const where = folder === "" ? tool : `${tool} in ${folder}`
    return problem === null
      ? `${where} looked at it in a copy`
      : `${where} could not look at it: ${problem.replace(/\.$/, "")}`
  })
  return [{ kind: "paragraph", text: literal(`${said.join("; ")}.`), tone: "quiet" }]
}
