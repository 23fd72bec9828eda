import type { Trial, TrialOptions } from "../../engines/proposal/trial.ts"
import type { CommandContext } from "../context.ts"
import { programsAt } from "../programs.ts"

/** Where a command's changes can be tried; a copy is made when that is needed. */
export async function trialFor(
  command: string,
  { root, index, workspace }: Pick<TrialOptions, "root" | "index" | "workspace">,
  context: CommandContext,
): Promise<Trial> {
  const { openTrial } = await import("../../engines/proposal/trial.ts")
  return openTrial({
    ...{ root, index, workspace, signal: context.signal, path: context.host.env.PATH ?? "" },
    processesAt: programsAt(command, context),
  })
}
