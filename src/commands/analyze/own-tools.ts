import { rm } from "node:fs/promises"
import { homedir } from "node:os"
import { join } from "node:path"
import { newId } from "../../base/ids.ts"
import type { Project } from "../../code/projects.ts"
import { toolFindings } from "../../engines/analyze/tools.ts"
import type { CommandContext } from "../context.ts"

/** Type checkers and linters, run as programs of an agent are: in the sandbox. */
export async function ownTools(
  input: { readonly paths: readonly string[] },
  { root, index }: Project,
  { host, actor, signal, progress }: CommandContext,
) {
  progress({ phase: "tools", message: "Running the project's own tools" })
  const [{ openProcesses }, { foldersOnPath }] = await Promise.all([
    import("../../workspace/processes/processes.ts"),
    import("../../workspace/processes/path-folders.ts"),
  ])
  const id = newId(host.clock.now())
  const outputFolder = join(host.folders.data, "runs", `analyze-${id}`)
  const processes = await openProcesses({
    root,
    policy: {
      hidden: [host.folders.data],
      homeReadable: foldersOnPath(host.env.PATH ?? "", host.env.HOME || homedir()),
    },
    outputFolder,
    recordFolder: join(host.folders.data, "runs", "records"),
    env: host.env,
    audit: ({ command, outcome, ...details }) =>
      host.audit.note({ actor: actor.id, action: "program.run", target: command, outcome, details }),
  })
  try {
    const paths =
      input.paths.length === 0
        ? undefined
        : index
            .files()
            .filter((file) =>
              input.paths.some((path) => file === path || file.startsWith(`${path.replace(/\/+$/, "")}/`)),
            )
    return await toolFindings({ index, processes, paths, signal })
  } finally {
    await processes.close()
    await rm(outputFolder, { recursive: true, force: true })
  }
}
