import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import type { Change } from "../engines/proposal/proposal.ts"
import { liesIn } from "../workspace/lies-in.ts"
import { defineCommand } from "./command.ts"
import { ContextFlags, EngineFacts, factsBlocks, factsOf, ModelFlags, runOptions } from "./engine-run.ts"
import { engineTools } from "./engine-tools.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { memberFlag, membersOf, spokenMembers } from "./members.ts"
import { type Checks, checksOf } from "./proposal/checks.ts"
import { proposalChoice } from "./proposal/shapes.ts"
import { trialFor } from "./proposal/trial-for.ts"
import { finishRefactoring } from "./refactor/finish.ts"
import { plainPath } from "./refactor/paths.ts"
import { RefactorAnswer, RefactorFlags, refactorBlocks, refactorExit } from "./refactor/shapes.ts"

export const refactor = defineCommand({
  name: "refactor",
  summary: "Change code by an instruction, without changing what it does",
  description:
    "A model writes the change; it is checked before you see it: syntax, names that others use, the rules of the project, and " +
    "its types where a checker is set up. In members of a workspace nothing outside of them changes. Without a model what is an exact refactoring is done as that: rename a to b, move a.ts to b/, " +
    "organise the imports of a.ts, remove what is unused in a.ts, inline a.",
  examples: [
    { line: 'duck refactor "split this function in two" --file src/price.ts', says: "a model's proposal" },
    { line: 'duck refactor "use early returns" --file src/a.ts --test --apply', says: "written if all holds" },
    { line: 'duck refactor "throw errors of our own" --member api', says: "only in one member of a workspace" },
    { line: 'duck refactor "rename grossPrice to priceWithTax"', says: "exact: no model is needed" },
  ],
  input: z.object({
    instruction: z.string().trim().min(1).max(20_000).describe("What is to be changed, in your own words"),
    file: z
      .array(z.string().trim().min(1).max(2_000))
      .max(50)
      .default([])
      .describe("A file that it is about; may be given several times"),
    member: memberFlag("Only in this member of a workspace"),
    ...ModelFlags,
    ...ContextFlags,
    ...RefactorFlags,
  }),
  output: RefactorAnswer.extend({ facts: EngineFacts }),
  positionals: ["instruction"],
  takesRest: true,
  permission: "write",
  timeoutMs: indexingTimeoutMs,
  async run({ instruction, file, member, model, noModel, open, session, ...choices }, context) {
    const options = runOptions({ model, noModel, open, session })
    const tools = await engineTools(context, { command: "refactor" })
    const { root, index, workspace, signal } = tools
    const members = await membersOf(member, context)
    const under = members.length > 0 ? members.map(({ path }) => path) : undefined
    const paths = await Promise.all(file.map(async (path) => (await workspace.read(plainPath(path))).path))
    const outside = under && paths.find((path) => !liesIn(path, under))
    if (outside !== undefined)
      throw new InvalidInputError({
        message: `${outside} is not in ${spokenMembers(members)}.`,
        hint: "Leave --file or --member away.",
      })
    const [{ runEngine }, { impactOf, refactorEngine, spokenImpact }] = await Promise.all([
      import("../engines/pipeline/run-engine.ts"),
      import("../engines/refactor/refactor.ts"),
    ])
    const impact = await impactOf(index, paths, signal)
    const trial = await trialFor("refactor", tools, context)
    let checks: Checks | undefined
    const compiles = async function* (changes: readonly Change[]) {
      if (!choices.check) return
      context.progress({ phase: "types", message: "Checking types" })
      const { findings, runs } = await trial.types(changes)
      checks = checksOf(runs)
      yield* findings
    }
    try {
      const run = await runEngine(refactorEngine({ impact, compiles }), { instruction, paths, under }, tools, options)
      const { title, explanation, changes, findings } = run.result
      const shown = paths.length > 0 ? `${explanation}\n\n${spokenImpact(impact)}` : explanation
      const answer = await finishRefactoring(
        {
          ...{ title, changes, impact, members, trial, madeBy: run.madeBy, explanation: shown },
          by: run.madeBy === "model" ? "model" : "syntax",
          // What a model made was checked while it was made.
          checks: run.madeBy === "model" ? checks : undefined,
          findings: [...findings, ...run.findings],
          project: { root, index, workspace },
        },
        choices,
        context,
      )
      return { ...answer, facts: factsOf(run) }
    } finally {
      await trial.close()
    }
  },
  present: (answer) => [...refactorBlocks(answer), ...factsBlocks(answer.facts)],
  choice: proposalChoice,
  audited: ({ file, member }) => ({ files: file.join(", "), members: member.join(", ") }),
  exitCode: refactorExit,
})
