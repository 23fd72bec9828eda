import { z } from "zod"
import type { Totals } from "../workspace/coverage/coverage.ts"

export const TotalsShape = z.object({
  lines: z.int(),
  linesRun: z.int(),
  branches: z.int(),
  branchesTaken: z.int(),
})

/** "83.3%"; "-" where there is nothing to be run. */
export const percent = (part: number, all: number): string => (all === 0 ? "-" : `${((100 * part) / all).toFixed(1)}%`)

export const linesPercent = ({ linesRun, lines }: Totals): string => percent(linesRun, lines)

/** Lines as ranges: "3-5, 9". */
export function spokenLines(lines: readonly number[], most = 12): string {
  const ranges: [number, number][] = []
  for (const line of lines) {
    const last = ranges.at(-1)
    if (last && last[1] === line - 1) last[1] = line
    else ranges.push([line, line])
  }
  const shown = ranges.slice(0, most).map(([from, to]) => (from === to ? String(from) : `${from}-${to}`))
  return [...shown, ...(ranges.length > most ? ["…"] : [])].join(", ")
}
