import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { count } from "../../base/text.ts"
import { openFactCache } from "../../code/analyzers/fact-cache.ts"
import { analysisOf } from "../../engines/analyze/analysis.ts"
import { judgedChange } from "../../engines/review/judged-change.ts"
import type { Inspector } from "../../engines/review/review-change.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { ownTools } from "../analyze/own-tools.ts"
import type { CommandContext } from "../context.ts"
import { readyProject } from "../indexed.ts"

/** As `duck analyze`: less sure findings are left out. */
const leastConfidence = 0.4

/** The analyzers of `duck analyze`, over the texts that the change makes of the files. */
export const analyzers =
  (workspace: Workspace, context: CommandContext): Inspector =>
  async (files, signal) => {
    const project = await readyProject(context)
    const folder = join(context.host.folders.data, "analyses")
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const cache = openFactCache(join(folder, `${project.id}.db`))
    try {
      const { findings } = await analysisOf({
        index: project.index,
        workspace,
        git: project.git,
        paths: files.map(({ path }) => path),
        change: await judgedChange(files, project.index),
        rules: [],
        severity: "note",
        confidence: leastConfidence,
        limits: context.config().values["analyze.limits"],
        allowedLicences: context.config().values["analyze.allowedLicences"],
        cache,
        signal,
        progress: ({ done, total }) => context.progress({ phase: "analyze", done, total, message: "Looking at files" }),
      })
      return { findings, notes: [] }
    } finally {
      cache.close()
    }
  }

/** The project's own type checkers and linters, which read the disk: files that lie there otherwise are left out. */
export const tools =
  (workspace: Workspace, context: CommandContext): Inspector =>
  async (files) => {
    const isOnDisk = await Promise.all(files.map(({ path, after }) => holds(workspace, path, after)))
    const paths = files.flatMap(({ path }, at) => (isOnDisk[at] ? [path] : []))
    const left = count(files.length - paths.length, "file")
    const notes =
      paths.length < files.length
        ? [`${left} on disk differ from the change; the project's own tools did not look there.`]
        : []
    if (paths.length === 0) return { findings: [], notes }
    const { findings, runs } = await ownTools(paths, await readyProject(context), context)
    if (runs.length === 0) notes.push("No type checker or linter that is known is configured here.")
    for (const { tool, problem } of runs) if (problem !== undefined) notes.push(`${tool} said nothing: ${problem}`)
    return { findings, notes }
  }

/** Whether a file is there with this text. */
const holds = async (workspace: Workspace, path: string, text: string | null): Promise<boolean> =>
  (await workspace.exists(path)) && (await workspace.read(path)).text === text
