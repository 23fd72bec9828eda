import { z } from "zod"
import { defineCommand } from "./command.ts"
import { EngineFacts, factsBlocks, factsOf, ModelFlags, runOptions } from "./engine-run.ts"
import { engineTools } from "./engine-tools.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { programsAt } from "./proposal/programs.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { finishRefactoring } from "./refactor/finish.ts"
import { plainPath } from "./refactor/paths.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactor = defineCommand({
  name: "refactor",
  summary: "Change code by an instruction, without changing what it does",
  description:
    "A model writes the change; it is checked before you see it: syntax, names that others use, the rules of the project, and " +
    "with --check its types. Without a model what is an exact refactoring is done as that: rename a to b, move a.ts to b/, " +
    "organise the imports of a.ts, remove what is unused in a.ts, inline a.",
  examples: [
    { line: 'duck refactor "split this function in two" --file src/price.ts', says: "a model's proposal" },
    { line: 'duck refactor "use early returns" --file src/a.ts --check --test --apply', says: "written if all holds" },
    { line: 'duck refactor "rename grossPrice to priceWithTax"', says: "exact: no model is needed" },
  ],
  input: z.object({
    instruction: z.string().trim().min(1).max(20_000).describe("What is to be changed, in your own words"),
    file: z
      .array(z.string().trim().min(1).max(2_000))
      .max(50)
      .default([])
      .describe("A file that it is about; may be given several times"),
    ...ModelFlags,
    ...RefactorFlags,
  }),
  output: RefactorAnswer.extend({ facts: EngineFacts }),
  positionals: ["instruction"],
  takesRest: true,
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ instruction, file, model, noModel, ...choices }, context) {
    const options = runOptions({ model, noModel })
    const tools = await engineTools(context, { command: "refactor" })
    const { root, index, workspace, signal } = tools
    const paths = await Promise.all(file.map(async (path) => (await workspace.read(plainPath(path))).path))
    const [{ runEngine }, { impactOf, refactorEngine, spokenImpact }, { openTrial }] = await Promise.all([
      import("../engines/pipeline/run-engine.ts"),
      import("../engines/refactor/refactor.ts"),
      import("../engines/proposal/trial.ts"),
    ])
    const impact = await impactOf(index, paths, signal)
    const needsTrial = choices.check || choices.test
    const trial = needsTrial
      ? await openTrial({ root, workspace, signal, processesAt: programsAt("refactor", context) })
      : undefined
    try {
      const run = await runEngine(
        refactorEngine({ impact, trial: choices.check ? trial : undefined }),
        { instruction, paths },
        tools,
        options,
      )
      const { title, explanation, changes, findings } = run.result
      const shown = paths.length > 0 ? `${explanation}\n\n${spokenImpact(impact)}` : explanation
      const answer = await finishRefactoring(
        {
          ...{ title, changes, impact, trial, madeBy: run.madeBy, explanation: shown },
          by: run.madeBy === "model" ? "model" : "syntax",
          findings: [...findings, ...run.findings],
          project: { root, index, workspace },
        },
        choices,
        context,
      )
      return { ...answer, facts: factsOf(run) }
    } finally {
      await trial?.close()
    }
  },
  present: (answer) => [...refactorBlocks(answer), ...factsBlocks(answer.facts)],
  choice: proposalChoice,
  audited: ({ file }) => ({ files: file.join(", ") }),
  exitCode: refactorExit,
})
