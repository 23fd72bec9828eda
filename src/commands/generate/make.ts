import { posix, relative, sep } from "node:path"
import { asDuckError, InvalidInputError } from "../../base/errors.ts"
import { throwIfAborted } from "../../base/signal.ts"
import type { GenerateTask } from "../../engines/generate/generate.ts"
import type { Trial } from "../../engines/proposal/trial.ts"
import type { CheckerRun } from "../../workspace/diagnostics/diagnose.ts"
import type { Member } from "../../workspace/members/members.ts"
import type { CommandContext } from "../context.ts"
import { factsOf, runOptions } from "../engine-run.ts"
import { engineTools } from "../engine-tools.ts"
import { checksOf } from "../proposal/checks.ts"
import { finishProposal } from "../proposal/finish.ts"
import { trialFor } from "../proposal/trial-for.ts"
import type { GenerateOutput } from "./shapes.ts"

export interface MakeFlags {
  readonly model?: string | undefined
  readonly noModel: boolean
  readonly open?: readonly string[]
  readonly session?: string | undefined
  readonly check: boolean
  readonly apply: boolean
  readonly interactive: boolean
  readonly dryRun: boolean
}

export interface Wish extends Omit<GenerateTask, "example"> {
  /** What it is for, as it is shown. */
  readonly what: string
}

/** Makes one thing after the other, so that each sees what was written before it. One that fails stops none. */
export async function makeAll(
  wishes: readonly Wish[],
  flags: MakeFlags,
  context: CommandContext,
): Promise<GenerateOutput> {
  const made: GenerateOutput["made"] = []
  const failed: GenerateOutput["failed"] = []
  if (flags.interactive && wishes.length > 1) {
    throw new InvalidInputError({
      message: "--interactive asks about one thing.",
      hint: "`duck proposals apply --interactive` asks about each of several.",
    })
  }
  for (const [at, wish] of wishes.entries()) {
    throwIfAborted(context.signal)
    if (wishes.length > 1)
      context.progress({ phase: "generate", done: at, total: wishes.length, message: `Making ${wish.what}` })
    try {
      made.push(await makeOne(wish, flags, context))
    } catch (thrown) {
      throwIfAborted(context.signal)
      if (wishes.length === 1) throw thrown
      const { code, message, hint } = asDuckError(thrown)
      failed.push({ what: wish.what, code, message, ...(hint === undefined ? {} : { hint }) })
    }
  }
  const { root } = await context.project()
  return { made, failed, scripts: await scriptsAt(root) }
}

async function makeOne(wish: Wish, flags: MakeFlags, context: CommandContext): Promise<GenerateOutput["made"][number]> {
  const { what, ...task } = wish
  const [{ generateEngine, exampleFor }, { runEngine }, { propose }] = await Promise.all([
    import("../../engines/generate/generate.ts"),
    import("../../engines/pipeline/run-engine.ts"),
    import("../../engines/proposal/propose.ts"),
  ])
  const tools = await engineTools(context, { command: "generate" })
  const { root, workspace } = tools
  let checks: readonly CheckerRun[] = []
  let trial: Trial | undefined
  const engine = generateEngine(async function* (changes) {
    if (!flags.check) return
    context.progress({ phase: "check", message: "Checking the types in a copy" })
    trial ??= await trialFor("generate", tools, context)
    const { findings, runs } = await trial.types(changes)
    checks = runs
    yield* findings
  })
  const options = runOptions(flags)
  const isAlone = options.withoutModel || !tools.models.hasModel(root)
  // A scaffold looks for its neighbour itself.
  const example = isAlone ? { conventions: "" } : await exampleFor(task, tools)
  const run = await runEngine(engine, { ...task, example }, tools, options).finally(() => trial?.close())
  const { title, explanation, changes } = run.result
  const findings = [...run.findings]
  const about = { engine: "generate", title, explanation, madeBy: run.madeBy, findings }
  const proposal = await propose(workspace, changes, about)
  const { prompt, model } = run
  const known = prompt && model !== null ? { ...proposal, prompt: { ...prompt, model } } : proposal
  const answer = await finishProposal(known, flags, context)
  return { ...answer, what, facts: factsOf(run), checks: checksOf(checks) }
}

/** Scripts of package.json that check what was written. */
async function scriptsAt(root: string): Promise<string[]> {
  const { folderView } = await import("../../workspace/ecosystems/folder-view.ts")
  const value = await (await folderView(root)).json("package.json")
  const scripts = typeof value === "object" && value !== null && "scripts" in value ? value.scripts : undefined
  const names = typeof scripts === "object" && scripts !== null ? Object.keys(scripts) : []
  return names
    .filter((name) => /^(test|lint|check|typecheck|type-check|build)$/.test(name))
    .map((name) => `npm run ${name}`)
}

/**
 * The folders in which something is to be made: of the named members, of all, of the one that the caller stands in; else
 * the project. Throws MEMBER_NOT_FOUND, and InvalidInputError for --all where there is no workspace.
 */
export async function placesFor(
  { member, all }: { readonly member: readonly string[]; readonly all: boolean },
  context: CommandContext,
): Promise<readonly Pick<Member, "name" | "path">[]> {
  const { root } = await context.project()
  const { membersNamed, workspaceMembers } = await import("../../workspace/members/members.ts")
  const members = await workspaceMembers(root, context.signal)
  if (all && member.length > 0) throw new InvalidInputError({ message: "--all and --member don't go together." })
  if (all && members.length === 0) {
    throw new InvalidInputError({
      message: "This project is no workspace of several members.",
      hint: "Leave --all away.",
    })
  }
  if (all) return members
  if (member.length > 0) return membersNamed(members, member)
  const here = relative(root, context.folder).split(sep).join(posix.sep)
  const around = members
    .filter(({ path }) => here === path || here.startsWith(`${path}/`))
    .sort((a, b) => b.path.length - a.path.length)[0]
  return [around ?? { name: "", path: "" }]
}
