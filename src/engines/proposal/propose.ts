import { newId } from "../../base/ids.ts"
import type { Finding } from "../../code/finding.ts"
import { unifiedDiff } from "../../workspace/edit/unified.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { Change, Proposal, ProposedFile } from "./proposal.ts"

/** A proposal of these changes, shown against the files as they are now. Nothing is written. */
export async function propose(
  workspace: Pick<Workspace, "read">,
  changes: readonly Change[],
  about: Pick<Proposal, "engine" | "title" | "explanation" | "madeBy"> & { readonly findings?: readonly Finding[] },
): Promise<Proposal> {
  const shown = await Promise.all(changes.map((change) => shownChange(workspace, change)))
  return {
    id: newId(),
    ...about,
    findings: [...(about.findings ?? [])],
    files: shown.map(({ file }) => file),
    diff: shown.map(({ diff }) => diff).join(""),
  }
}

async function shownChange(
  workspace: Pick<Workspace, "read">,
  change: Change,
): Promise<{ readonly file: ProposedFile; readonly diff: string }> {
  const { path, kind } = change
  const before = kind === "create" ? "" : (await workspace.read(path)).text
  const movedTo = kind === "move" ? change.to : null
  const after = kind === "delete" ? "" : (change.after ?? before)
  const head = {
    create: "new file mode 100644\n",
    delete: "deleted file mode 100644\n",
    move: `rename from ${path}\nrename to ${movedTo}\n`,
    change: "",
  }[kind]
  const from = kind === "create" ? "/dev/null" : `a/${path}`
  const to = kind === "delete" ? "/dev/null" : `b/${movedTo ?? path}`
  const hunks = unifiedDiff(before, after, { from, to })
  const file = { path, kind, movedTo, beforeHash: kind === "create" ? null : change.beforeHash }
  return {
    file: { ...file, ...linesIn(hunks) },
    diff: `diff --git a/${path} b/${movedTo ?? path}\n${head}${hunks}`,
  }
}

function linesIn(diff: string): Pick<ProposedFile, "addedLines" | "removedLines"> {
  const body = diff.split("\n").slice(2)
  return {
    addedLines: body.filter((line) => line.startsWith("+")).length,
    removedLines: body.filter((line) => line.startsWith("-")).length,
  }
}
