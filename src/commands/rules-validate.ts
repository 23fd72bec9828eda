import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { ConflictRow, conflictBlocks, Problems, problemBlocks, rulesOf } from "./rules/shapes.ts"

export const rulesValidate = defineCommand({
  name: "rules.validate",
  summary: "Check the files of rules and whether they contradict each other",
  description:
    "Errors leave a rule out: front matter that is no YAML or not of the schema, circles of requires, extends and overrides, " +
    "what is required and not there. Warnings and conflicts don't; --strict counts them as well.",
  examples: [
    { line: "duck rules validate", says: "each with path:line:column; exit code 1 with errors" },
    { line: "duck rules validate --strict --json", says: "for a build server" },
  ],
  input: z.object({ strict: z.boolean().default(false).describe("Exit code 1 for warnings and conflicts too") }),
  output: z.object({ rules: z.int(), problems: Problems, conflicts: z.array(ConflictRow), isGood: z.boolean() }),
  permission: "read",
  async run({ strict }, context) {
    const rules = await rulesOf(context)
    const problems = [...rules.problems()]
    const conflicts = rules.conflicts().map((one) => ({
      ...one,
      rules: [...one.rules] as [string, string],
      paths: [...one.paths] as [string, string],
    }))
    const isGood = strict
      ? problems.length + conflicts.length === 0
      : problems.every(({ severity }) => severity !== "error")
    return { rules: rules.all().length, problems, conflicts, isGood }
  },
  present: ({ rules, problems, conflicts }) => [
    ...problemBlocks(problems),
    ...conflictBlocks(conflicts),
    problems.length + conflicts.length === 0
      ? {
          kind: "paragraph",
          text: `${count(rules, "rule")}, and nothing wrong with ${rules === 1 ? "it" : "them"}.`,
          tone: "good",
        }
      : {
          kind: "paragraph",
          text: `${count(rules, "rule")}, ${count(problems.length, "problem")}, ${count(conflicts.length, "conflict")}.`,
          tone: "quiet",
        },
  ],
  exitCode: ({ isGood }) => (isGood ? 0 : 1),
})
