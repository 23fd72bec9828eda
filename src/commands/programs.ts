import { rm } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { newId } from "../base/ids.ts"
import type { ProcessesAt } from "../engines/proposal/trial.ts"
import type { CommandContext } from "./context.ts"

/**
 * Runs programs for a command, in the sandbox and out of reach of RubberDuck's own data, and sees those of the user's path;
 * noted in the audit. What they printed is kept until they are closed.
 */
export function programsAt(command: string, { host, actor }: CommandContext): ProcessesAt {
  const dataFolder = host.folders.data
  return async (root, readable, copyOf = root) => {
    const [{ openProcesses }, { foldersOnPath }, { recordsIn }, { checkerCache }] = await Promise.all([
      import("../workspace/processes/processes.ts"),
      import("../workspace/processes/path-folders.ts"),
      import("../workspace/processes/run-records.ts"),
      import("../workspace/diagnostics/cache.ts"),
    ])
    const outputFolder = join(dataFolder, "runs", `${command}-${newId(host.clock.now())}`)
    const cacheFolder = await checkerCache(dataFolder, copyOf, { clock: host.clock })
    const processes = await openProcesses({
      root,
      policy: {
        hidden: [dataFolder],
        caches: [cacheFolder],
        homeReadable: [...readable, ...foldersOnPath(host.env.PATH ?? "", host.env.HOME || homedir())],
      },
      outputFolder,
      recordFolder: recordsIn(dataFolder),
      env: host.env,
      audit: ({ command: target, outcome, ...details }) =>
        host.audit.note({ actor: actor.id, action: "program.run", target, outcome, details }),
    })
    return {
      ...processes,
      cacheFolder,
      async close() {
        await processes.close()
        await rm(outputFolder, { recursive: true, force: true })
      },
    }
  }
}
