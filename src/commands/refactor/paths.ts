import { normalize } from "node:path/posix"
import type { Extraction } from "../../code/refactorings/extract.ts"

/** As the index knows it: "./a/../b.ts" is "b.ts". */
export const plainPath = (path: string): string => normalize(path)

/** Of `path:from-to` or `path:line:column-line:column`: with columns an expression is meant, unless `into` says otherwise. */
export function extractionOf(range: string, name: string, into: Extraction["into"] | undefined): Extraction {
  const found = /^(.+?):(\d+)(?::(\d+))?(?:-(\d+)(?::(\d+))?)?$/.exec(range)
  const [, path = range, startLine = "1", startColumn, endLine = startLine, endColumn] = found ?? []
  return {
    path: plainPath(path),
    name,
    startLine: Number(startLine),
    startColumn: startColumn === undefined ? undefined : Number(startColumn),
    endLine: Number(endLine),
    endColumn: endColumn === undefined ? undefined : Number(endColumn),
    into: into ?? (startColumn === undefined ? "function" : "variable"),
  }
}
