import { mkdir } from "node:fs/promises"
import { join } from "node:path"
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
export const analyzers = (workspace: Workspace, context: CommandContext): Inspector => ({
  readsDisk: false,
  async look(files, signal) {
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
  },
})

/** The project's own type checkers and linters. */
export const tools = (context: CommandContext): Inspector => ({
  readsDisk: true,
  async look(files) {
    const paths = files.map(({ path }) => path)
    const { findings, runs } = await ownTools({ paths }, await readyProject(context), context)
    const notes = runs.flatMap(({ tool, problem }) =>
      problem === undefined ? [] : [`${tool} said nothing: ${problem}`],
    )
    return {
      findings,
      notes: runs.length === 0 ? ["No type checker or linter that is known is configured here."] : notes,
    }
  },
})
