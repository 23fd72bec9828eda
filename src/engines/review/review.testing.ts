import { indexOf } from "../../code/project.testing.ts"
import { openGit } from "../../workspace/git.ts"
import { openWorkspace } from "../../workspace/workspace.ts"
import { type ChangeSource, readChanges } from "./read-changes.ts"
import { reviewChange } from "./review-change.ts"

const signal = new AbortController().signal
async function* noRules() {}

/** A change in `root`, its index, and what is said of it without a model. */
export async function reviewed(root: string, source: ChangeSource = { kind: "tree" }, paths: readonly string[] = []) {
  const [workspace, git, index] = [
    await openWorkspace({ root, audit: () => {} }),
    await openGit(root),
    await indexOf(root),
  ]
  const changes = await readChanges(source, { workspace, git, paths, signal })
  const review = await reviewChange(changes, { index, rulesCritic: noRules, signal })
  return { changes, review, index, workspace }
}
