import { homedir } from "node:os"
import { join } from "node:path"
import { newId } from "../../base/ids.ts"
import type { ProcessesAt, Trial, TrialOptions } from "../../engines/proposal/trial.ts"
import type { CommandContext } from "../context.ts"

/** Where a command's changes can be tried; a copy is made when that is needed. */
export async function trialFor(
  command: string,
  { root, index, workspace }: Pick<TrialOptions, "root" | "index" | "workspace">,
  context: CommandContext,
): Promise<Trial> {
  const { openTrial } = await import("../../engines/proposal/trial.ts")
  return openTrial({
    ...{ root, index, workspace, signal: context.signal, path: process.env.PATH ?? "" },
    processesAt: programsAt(command, context),
  })
}

/** Runs programs for a command, in the sandbox and out of reach of RubberDuck's own data; noted in the audit. */
export function programsAt(command: string, { host, actor }: CommandContext): ProcessesAt {
  const dataFolder = host.folders.data
  return async (root, readable) => {
    const [{ openProcesses }, { foldersOnPath }, { recordsIn }] = await Promise.all([
      import("../../workspace/processes/processes.ts"),
      import("../../workspace/processes/path-folders.ts"),
      import("../../workspace/processes/run-records.ts"),
    ])
    return openProcesses({
      root,
      policy: {
        hidden: [dataFolder],
        homeReadable: [...readable, ...foldersOnPath(process.env.PATH ?? "", homedir())],
      },
      outputFolder: join(dataFolder, "runs", `${command}-${newId()}`),
      recordFolder: recordsIn(dataFolder),
      audit: ({ command: target, outcome, ...details }) =>
        host.audit.note({ actor: actor.id, action: "program.run", target, outcome, details }),
    })
  }
}
