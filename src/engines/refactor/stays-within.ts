import { type Finding, findingOf } from "../../code/finding.ts"
import { liesIn } from "../../workspace/lies-in.ts"
import type { Change } from "../proposal/proposal.ts"

/** Changes of files outside the folders that a refactoring is confined to (posix, relative to the root); undefined: to none. */
export async function* staysWithin(
  changes: readonly Change[],
  folders: readonly string[] | undefined,
): AsyncIterable<Finding> {
  if (!folders) return
  for (const change of changes) {
    const path = [change.path, ...(change.kind === "move" ? [change.to] : [])].find((one) => !liesIn(one, folders))
    if (path === undefined) continue
    const message = `${path} lies outside ${folders.join(", ")}, and only what is in there may change.`
    yield findingOf({ rule: "refactor/outside", severity: "error", message, path, evidence: path })
  }
}
