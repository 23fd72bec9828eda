import type { CodeIndex } from "../../code/code-index.ts"
import type { Finding } from "../../code/finding.ts"
import type { Refactoring } from "../../code/refactorings/refactoring.ts"
import type { Change, Proposal } from "../../engines/proposal/proposal.ts"
import type { Trial } from "../../engines/proposal/trial.ts"
import type { Impact } from "../../engines/refactor/refactor.ts"
import type { ServedTools } from "../../engines/refactor/served.ts"
import { type Member, memberOf } from "../../workspace/members/members.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { CommandContext } from "../context.ts"
import { readyProject } from "../indexed.ts"
import { type Checks, checksOf } from "../proposal/checks.ts"
import { finishProposal } from "../proposal/finish.ts"
import { trialFor } from "../proposal/trial-for.ts"
import { workspaceAt } from "../workspace-of.ts"
import type { RefactorAnswer, RefactorChoices } from "./shapes.ts"

/**
 * Does an exact refactoring in the caller's project: checked, tried where that is asked for, and made a proposal. In members
 * it looks for names there alone.
 */
export async function runExact(
  refactoring: (tools: ServedTools) => Promise<Refactoring>,
  choices: RefactorChoices,
  context: CommandContext,
  members: readonly Member[] = [],
): Promise<RefactorAnswer> {
  const { root, index } = await readyProject(context)
  const { signal } = context
  const [workspace, { exactTools, unsureFindings }] = await Promise.all([
    workspaceAt(root, context),
    import("../../engines/refactor/exact.ts"),
  ])
  const { tools, changes: changesOf } = exactTools({ index, workspace, signal })
  const under = members.length > 0 ? members.map(({ path }) => path) : undefined
  const made = await refactoring({ ...tools, under, servers: context.host.languageServers })
  const changes = await changesOf(made)
  return finishRefactoring(
    {
      ...{ title: made.title, explanation: made.notes.join("\n\n"), by: made.by, madeBy: "index", changes },
      findings: unsureFindings(made.unsure),
      impact: null,
      project: { root, index, workspace },
      members,
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
  /** That it was asked for. */
  readonly members: readonly Member[]
  /** Of one whose types were looked at while it was made: how that went. */
  readonly checks?: Checks | undefined
  /** One that is open already; it is not closed here. */
  readonly trial?: Trial | undefined
}

/** Looks at the changes, has them tested where that is asked for, and makes them a proposal: written only if nothing is wrong. */
export async function finishRefactoring(
  made: MadeRefactoring,
  choices: RefactorChoices,
  context: CommandContext,
): Promise<RefactorAnswer> {
  const { changes, project, impact, members } = made
  const [{ syntaxKept }, { exportsKept }, { propose }] = await Promise.all([
    import("../../engines/refactor/syntax-kept.ts"),
    import("../../engines/refactor/exports-kept.ts"),
    import("../../engines/proposal/propose.ts"),
  ])
  const findings = new Map(made.findings.map((finding) => [finding.fingerprint, finding]))
  const add = (finding: Finding) => void findings.set(finding.fingerprint, finding)
  for await (const finding of syntaxKept(changes, project)) add(finding)
  for await (const finding of exportsKept(changes, project)) add(finding)
  const own = made.trial ? undefined : await trialFor("refactor", project, context)
  const trial = made.trial ?? own
  let checks = choices.check ? (made.checks ?? null) : null
  let test: RefactorAnswer["test"] = null
  try {
    if (choices.check && trial && checks === null) {
      context.progress({ phase: "types", message: "Checking types" })
      const { findings: minded, runs } = await trial.types(changes)
      for (const finding of minded) add(finding)
      checks = checksOf(runs)
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
  const shown = impact && { dependants: impact.dependants, files: [...impact.files], tests: [...impact.tests] }
  const answer = await finishProposal(proposal, choices, context, { heldBecause: whyHeld(test, choices.test) })
  return { ...answer, by: made.by, impact: shown, checks, members: byMember(proposal, members), test }
}

function byMember({ files, findings }: Proposal, members: readonly Member[]): RefactorAnswer["members"] {
  const isOf = (member: Member, path: string) => memberOf(members, path) === member
  const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0)
  return members.map((member) => {
    const own = files.filter(({ path }) => isOf(member, path))
    return {
      ...{ name: member.name, path: member.path, files: own.length },
      addedLines: sum(own.map(({ addedLines }) => addedLines)),
      removedLines: sum(own.map(({ removedLines }) => removedLines)),
      findings: findings.filter(({ path }) => isOf(member, path)).length,
    }
  })
}

function whyHeld(test: RefactorAnswer["test"], wasAsked: boolean): string | null {
  if (test?.isPassed === false) return "the project's tests fail with it."
  if (wasAsked && !test) return "no command that runs the project's tests is known."
  return null
}
