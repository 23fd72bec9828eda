import { join } from "node:path"
import type { Audit } from "../access/audit.ts"
import type { Project } from "../code/project.ts"
import { isInside } from "../workspace/contain.ts"
import { checkerCache } from "../workspace/diagnostics/cache.ts"
import type { CheckerPrograms } from "../workspace/diagnostics/diagnose.ts"
import { gitIdentity } from "../workspace/git-identity.ts"
import { openProcesses } from "../workspace/processes/processes.ts"
import { recordsIn } from "../workspace/processes/run-records.ts"
import type { Processes } from "../workspace/processes/types.ts"
import { type HookPrograms, hookPrograms } from "./hooks/programs.ts"

export interface Programs {
  /** What the conversation's tools run. */
  readonly processes: Processes & Pick<CheckerPrograms, "cacheFolder">
  readonly hooks: HookPrograms
  /** Ends all of them. */
  close(): Promise<void>
}

/**
 * The programs of one conversation. They can commit: they are told who the user is to git, though not the rest of the user's
 * settings, and in a worktree they reach the folder that it shares with the repository's others.
 */
export async function openPrograms({
  conversation,
  project,
  home,
  dataFolder,
  audit,
}: {
  readonly conversation: string
  readonly project: Pick<Project, "root" | "git">
  readonly home: string
  /** Of RubberDuck; no program an agent runs ever sees it. */
  readonly dataFolder: string
  readonly audit: Pick<Audit, "note">
}): Promise<Programs> {
  const { root, git } = project
  const identity = git ? await gitIdentity(root) : {}
  const shared = git && !isInside(root, git.commonDir) ? [git.commonDir] : []
  const cacheFolder = await checkerCache(dataFolder, root)
  const processes = await openProcesses({
    root,
    policy: { hidden: [dataFolder], caches: [cacheFolder], writable: shared, environment: Object.keys(identity) },
    outputFolder: join(dataFolder, "runs", conversation),
    recordFolder: recordsIn(dataFolder),
    env: { ...process.env, ...identity },
    audit: ({ command, outcome, ...details }) =>
      audit.note({ actor: conversation, action: "program.run", target: command, outcome, details }),
  })
  const hooks = hookPrograms({ root, home, dataFolder, session: conversation, audit })
  return {
    processes: { ...processes, cacheFolder },
    hooks,
    async close() {
      await hooks.close()
      await processes.close()
    },
  }
}
