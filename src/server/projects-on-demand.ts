import type { Audit } from "../access/audit.ts"
import type { Clock } from "../base/clock.ts"
import type { Folders } from "../base/folders.ts"
import type { Projects } from "../code/projects.ts"
import type { Fabric } from "../fabric/embedded/fabric.ts"
import type { Logger } from "../observe/log.ts"

/** The code index and all that it loads come in with the first command that needs a project, not with the start. */
export function projectsOnDemand(options: {
  readonly folders: Folders
  readonly fabric: Fabric
  readonly audit: Audit
  readonly logger: Logger
  readonly clock: Clock
}): { get(): Promise<Projects>; close(): Promise<void> } {
  let opening: Promise<Projects> | undefined
  const open = async () => {
    const { openProjects } = await import("../code/projects.ts")
    return openProjects({ dataFolder: options.folders.data, logger: options.logger })
  }
  return {
    get() {
      opening ??= open().catch((error) => {
        opening = undefined
        throw error
      })
      return opening
    },
    async close() {
      const projects = await opening?.catch(() => undefined)
      await projects?.close()
    },
  }
}
