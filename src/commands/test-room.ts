import { homedir } from "node:os"
import type { TestRoom } from "../workspace/test-runners/room.ts"
import type { CommandContext } from "./context.ts"

/** A copy of the caller's project to run tests in. What runs there is noted in the audit. */
export async function roomOf(root: string, { host, actor, signal }: CommandContext): Promise<TestRoom> {
  const [{ openTestRoom }, { recordsIn }] = await Promise.all([
    import("../workspace/test-runners/room.ts"),
    import("../workspace/processes/run-records.ts"),
  ])
  const dataFolder = host.folders.data
  return openTestRoom({
    ...{ root, dataFolder, signal },
    recordFolder: recordsIn(dataFolder),
    home: host.env.HOME || homedir(),
    audit: ({ command, outcome, ...details }) =>
      host.audit.note({ actor: actor.id, action: "program.run", target: command, outcome, details }),
  })
}
