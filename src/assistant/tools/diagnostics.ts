import { z } from "zod"
import { count } from "../../base/text.ts"
import { type CheckerRun, diagnose } from "../../workspace/diagnostics/diagnose.ts"
import { type Diagnostic, spokenDiagnostic } from "../../workspace/diagnostics/diagnostic.ts"
import { defineTool, type ToolServices, textOutcome } from "./services.ts"
import type { ToolCall } from "./tool.ts"

const mostShown = 200

export const diagnosticsTool = defineTool({
  name: "diagnostics",
  description:
    "What the project's own type checkers and linters find (tsc, biome, eslint, oxlint, ruff, mypy, pyright, go vet, cargo check), as " +
    "path:line:column severity rule message. Of the files that were changed, unless paths are given or `all`.",
  input: z.object({
    paths: z.array(z.string().min(1)).max(200).optional().describe("Files, relative to the project's root"),
    all: z.boolean().default(false).describe("The whole project"),
    kind: z.enum(["types", "lint"]).optional(),
  }),
  effect: "executes",
  recovery: "repeat",
  touches: ({ paths = [] }) => paths.map((path) => ({ kind: "path", path, isWrite: false })),
  async run({ paths, all, kind }, { services, judge, signal }: ToolCall<ToolServices>) {
    const { workspace, processes, project } = services
    const named = paths && (await Promise.all(paths.map(async (path) => (await workspace.stat(path)).path)))
    const asked = all ? undefined : (named ?? (await changedFiles(services, signal)))
    if (asked?.length === 0) return textOutcome("No file was changed: give `paths`, or take `all`.")
    const { diagnostics, runs } = await diagnose({
      root: project.root,
      processes,
      paths: asked,
      kind,
      signal,
      async refuse(command, folder) {
        const touch = { kind: "command", command, cwd: folder === "" ? "." : folder } as const
        const { decision, why } = await judge([touch], { command })
        // That it runs programs has been asked about.
        return decision === "deny" ? `it may not be run: ${why}` : undefined
      },
    })
    return textOutcome(told(diagnostics, runs, asked?.length), {
      isError: runs.length > 0 && runs.every(({ problem }) => problem !== undefined),
      details: { runs: [...runs], found: diagnostics.length },
    })
  },
})

/** By tools in this conversation, and as git sees it: programs change files as well. */
async function changedFiles(
  { conversation, project, workspace }: ToolServices,
  signal: AbortSignal,
): Promise<string[]> {
  const { files } = conversation.state.ledger
  const byTools = Object.entries(files).flatMap(([path, { did }]) => (did === "changed" ? [path] : []))
  const byGit = project.git ? (await project.git.changedFiles(undefined, { signal })).map(({ path }) => path) : []
  const there: string[] = []
  for (const path of new Set([...byTools, ...byGit])) if (await workspace.exists(path)) there.push(path)
  return there.sort()
}

function told(diagnostics: readonly Diagnostic[], runs: readonly CheckerRun[], files: number | undefined): string {
  const where = files === undefined ? "the project" : count(files, "file")
  if (runs.length === 0) {
    return `No type checker or linter that is known is configured here for ${where}. \`run\` runs others.`
  }
  const looked = runs.flatMap(({ tool, problem }) => (problem === undefined ? [tool] : []))
  const problems = runs.flatMap(({ tool, folder, problem }) =>
    problem === undefined ? [] : [`${tool}${folder === "" ? "" : ` in ${folder}`} said nothing: ${problem}`],
  )
  const lines = diagnostics.slice(0, mostShown).map(spokenDiagnostic)
  const more = diagnostics.length - lines.length
  const sum =
    looked.length > 0
      ? [`${[...new Set(looked)].join(", ")}: ${count(diagnostics.length, "finding")} in ${where}.`]
      : []
  return [...lines, ...(more > 0 ? [`(and ${more} more: ask about fewer files)`] : []), ...sum, ...problems].join("\n")
}
