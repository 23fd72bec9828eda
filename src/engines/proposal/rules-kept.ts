import type { Finding } from "../../code/finding.ts"
import type { EngineTools } from "../pipeline/engine.ts"
import type { Change } from "./proposal.ts"

/** Where changes break rules that their files did not break before. */
export async function* rulesKept(
  changes: readonly Change[],
  { workspace, rulesCritic, signal }: Pick<EngineTools, "workspace" | "rulesCritic" | "signal">,
): AsyncIterable<Finding> {
  for (const change of changes) {
    if (change.kind === "delete" || change.after === null) continue
    const path = change.kind === "move" ? change.to : change.path
    const before = new Set<string>()
    if (change.kind !== "create") {
      const { text } = await workspace.read(change.path)
      for await (const { rule, evidence } of rulesCritic({ path, text }, signal)) before.add(keyOf(rule, evidence))
    }
    for await (const finding of rulesCritic({ path, text: change.after }, signal)) {
      if (!before.has(keyOf(finding.rule, finding.evidence))) yield finding
    }
  }
}

const keyOf = (rule: string, evidence: string) => `${rule}\0${evidence}`
