import type { Projects, ProjectsOptions } from "../code/projects.ts"
import { stopping } from "./activity.ts"

/** The code index and all that it loads come in with the first command that needs a project, not with the start. */
export function projectsOnDemand(options: ProjectsOptions): Projects {
  let loading: Promise<Projects> | undefined
  let projects: Projects | undefined
  let isClosed = false
  const load = async () => {
    const { openProjects } = await import("../code/projects.ts")
    projects = openProjects(options)
    return projects
  }
  const loaded = () => {
    if (isClosed) throw stopping()
    loading ??= load()
    return loading
  }
  return {
    open: async (folder, how) => (await loaded()).open(folder, how),
    rebuild: async (folder, how) => (await loaded()).rebuild(folder, how),
    list: () => projects?.list() ?? [],
    releaseMemory: () => projects?.releaseMemory(),
    async close() {
      isClosed = true
      await (await loading)?.close()
    },
  }
}
