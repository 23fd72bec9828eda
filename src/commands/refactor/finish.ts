import type { CodeIndex } from "../../code/code-index.ts"
import type { Finding } from "../../code/finding.ts"
import type { Refactoring } from "../../code/refactorings/refactoring.ts"
import type { Change, Proposal } from "../../engines/proposal/proposal.ts"
import type { Trial } from "../../engines/proposal/trial.ts"
import type { Impact } from "../../engines/refactor/refactor.ts"
import type { ServedTools } from "../../engines/refactor/served.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { CommandContext } from "../context.ts"
import { readyProject } from "../indexed.ts"
import { finishProposal } from "../proposal/finish.ts"
import { programsAt } from "../proposal/programs.ts"
import { workspaceAt } from "../workspace-of.ts"
import type { RefactorAnswer, RefactorChoices } from "./shapes.ts"

/** Does an exact refactoring in the caller's project: checked, tried where that is asked for, and made a proposal. */
export async function runExact(
  refactoring: (tools: ServedTools) => Promise<Refactoring>,
  choices: RefactorChoices,
  context: CommandContext,
): Promise<RefactorAnswer> {
  const { root, index } = await readyProject(context)
  const { signal } = context
  const [workspace, { exactTools, unsureFindings }] = await Promise.all([
    workspaceAt(root, context),
    import("../../engines/refactor/exact.ts"),
  ])
  const { tools, changes: changesOf } = exactTools({ index, workspace, signal })
  const made = await refactoring({ ...tools, servers: context.host.languageServers })
  const changes = await changesOf(made)
  return finishRefactoring(
    {
      ...{ title: made.title, explanation: made.notes.join("\n\n"), by: made.by, madeBy: "index", changes },
      findings: unsureFindings(made.unsure),
      impact: null,
      project: { root, index, workspace },
    },
    choices,
    context,
  )
}

export interface MadeRefactoring {
  readonly title: string
  readonly explanation: string
  readonly by: string
  readonly madeBy: Proposal["madeBy"]
  readonly changes: readonly Change[]
  /** What is known already. */
  readonly findings: readonly Finding[]
  readonly impact: Impact | null
  readonly project: { readonly root: string; readonly index: CodeIndex; readonly workspace: Workspace }
  /** One that is open already; it is not closed here. */
  readonly trial?: Trial | undefined
}

/** Looks at the changes, has them tested where that is asked for, and makes them a proposal: written only if nothing is wrong. */
export async function finishRefactoring(
  made: MadeRefactoring,
  choices: RefactorChoices,
  context: CommandContext,
): Promise<RefactorAnswer> {
  const { changes, project, impact } = made
  const { signal } = context
  const [{ syntaxKept }, { exportsKept }, { notRun, openTrial }, { propose }] = await Promise.all([
    import("../../engines/refactor/syntax-kept.ts"),
    import("../../engines/refactor/exports-kept.ts"),
    import("../../engines/proposal/trial.ts"),
    import("../../engines/proposal/propose.ts"),
  ])
  const findings = new Map(made.findings.map((finding) => [finding.fingerprint, finding]))
  const add = (finding: Finding) => void findings.set(finding.fingerprint, finding)
  for await (const finding of syntaxKept(changes, project)) add(finding)
  for await (const finding of exportsKept(changes, project)) add(finding)
  const needsTrial = choices.check || choices.test
  const own =
    needsTrial && !made.trial
      ? await openTrial({ ...project, signal, processesAt: programsAt("refactor", context) })
      : undefined
  const trial = made.trial ?? own
  let test: RefactorAnswer["test"] = null
  try {
    // What a model made was checked when it was made.
    if (choices.check && trial && made.madeBy === "index") {
      context.progress({ phase: "types", message: "Checking types" })
      const { findings: minded, runs } = await trial.types(changes)
      for (const finding of [...minded, ...notRun(runs)]) add(finding)
    }
    if (choices.test && trial) {
      context.progress({ phase: "tests", message: "Running the tests" })
      test = (await trial.test(changes)) ?? null
    }
  } finally {
    await own?.close()
  }
  const proposal = await propose(project.workspace, changes, {
    ...{ engine: "refactor", title: made.title, explanation: made.explanation, madeBy: made.madeBy },
    findings: [...findings.values()],
  })
  const held = choices.apply ? whyHeld([...findings.values()], test, choices.test) : null
  const flags = held === null ? choices : { ...choices, apply: false }
  const shown = impact && { dependants: impact.dependants, files: [...impact.files], tests: [...impact.tests] }
  return { ...(await finishProposal(proposal, flags, context)), by: made.by, impact: shown, test, held }
}

function whyHeld(findings: readonly Finding[], test: RefactorAnswer["test"], wasAsked: boolean): string | null {
  const error = findings.find(({ severity }) => severity === "error")
  if (error) return error.message
  if (test?.isPassed === false) return "the project's tests fail with it."
  if (wasAsked && !test) return "no command that runs the project's tests is known."
  return null
}
