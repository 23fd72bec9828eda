import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { version } from "../../base/version.ts"
import { openFactCache } from "../../code/analyzers/fact-cache.ts"
import type { Finding, Severity } from "../../code/finding.ts"
import type { Project } from "../../code/projects.ts"
import { allRules, analysisOf, type Analysis as Found, ruleNamed } from "../../engines/analyze/analysis.ts"
import { askedFiles } from "../../engines/analyze/asked-files.ts"
import { baselineOf } from "../../engines/analyze/baseline.ts"
import { fixesOf } from "../../engines/analyze/fixes.ts"
import { sarifOf } from "../../engines/analyze/sarif.ts"
import type { JudgedChange } from "../../engines/review/judged-change.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { CommandContext } from "../context.ts"
import { factsOf, runOptions } from "../engine-run.ts"
import { readyProject } from "../indexed.ts"
import { finishProposal } from "../proposal/finish.ts"
import { workspaceAt } from "../workspace-of.ts"
import { ownTools } from "./own-tools.ts"
import type { Analysis } from "./shapes.ts"
import { stagedChange, unlookedByTools } from "./staged.ts"
import { watched } from "./watched.ts"

export interface AnalyzeInput {
  readonly paths: readonly string[]
  readonly rule: readonly string[]
  readonly severity: Severity
  readonly confidence: number
  readonly failOn: Analysis["failOn"]
  readonly since?: string | undefined
  readonly changed: boolean
  readonly staged: boolean
  readonly tree?: string | undefined
  readonly baseline?: string | undefined
  readonly updateBaseline: boolean
  readonly tools: boolean
  readonly vulnerabilities?: string | undefined
  readonly fix: boolean
  readonly unsafeFixes: boolean
  readonly apply: boolean
  readonly interactive: boolean
  readonly dryRun: boolean
  readonly ai: boolean
  readonly model?: string | undefined
  readonly explain?: string | undefined
  readonly watch: boolean
  readonly changes: number
  readonly sarif: boolean
}

const nothing: Omit<Analysis, "failOn" | "tookMs"> = {
  findings: [],
  files: 0,
  suppressed: 0,
  known: 0,
  gone: null,
  baseline: null,
  tools: [],
  notes: [],
  rules: [],
  proposal: null,
  model: null,
  sarif: null,
}

export async function runAnalyze(input: AnalyzeInput, context: CommandContext): Promise<Analysis> {
  const startedAt = performance.now()
  const { failOn, explain } = input
  const took = () => ({ failOn, tookMs: performance.now() - startedAt })
  if (explain !== undefined) {
    const rules = explain === "all" ? allRules : [ruleNamed(explain)]
    return {
      ...nothing,
      ...took(),
      rules: rules.map(({ id, severity, explanation: says }) => ({ id, severity, explanation: says })),
    }
  }
  const project = await readyProject(context)
  const workspace = await workspaceAt(project.root, context)
  const staged = input.staged ? await stagedChange(input, project, workspace, context) : undefined
  const look = looking(input, staged?.change, project, workspace, context)
  if (input.watch) {
    const found = await watched(input, project, context, look)
    return { ...nothing, ...counted(found), ...took(), findings: [...found.findings] }
  }
  // What is staged may hold files that the index lacks; what tools find elsewhere is left out below.
  const asked = input.paths.length === 0 || staged ? undefined : askedFiles(project.index, input.paths)
  const own = input.tools ? await ownTools(asked, project, context) : { findings: [], runs: [] }
  const found = await look(own.findings)
  const judged = input.ai ? await judgedByModel(input, found, context) : { findings: found.findings, model: null }
  const findings = [...judged.findings]
  if (input.updateBaseline && input.baseline !== undefined) {
    await workspace.write(input.baseline, baselineOf(findings))
  }
  const proposal = input.fix ? await proposed(input, findings, workspace, context) : null
  return {
    ...nothing,
    ...counted(found),
    findings,
    notes: [
      ...(staged?.notes ?? []),
      ...unlookedByTools(input, staged?.change),
      ...(input.fix && proposal === null ? [nothingToMend(input)] : []),
    ],
    tools: own.runs.map(({ tool, folder, durationMs, problem }) => ({
      tool,
      folder,
      durationMs,
      ...(problem === undefined ? {} : { problem }),
    })),
    baseline: input.updateBaseline ? (input.baseline ?? null) : null,
    proposal,
    model: judged.model,
    sarif: input.sarif ? sarif({ ...found, findings }) : null,
    ...took(),
  }
}

const counted = ({ files, suppressed, known, gone }: Found) => ({
  files,
  suppressed: suppressed.length,
  known: known.length,
  gone,
})

const nothingToMend = ({ unsafeFixes }: AnalyzeInput) =>
  unsafeFixes
    ? "Nothing is mended: none of these findings has a fix."
    : "Nothing is mended: none of these findings has a fix that surely changes no behaviour. --unsafe-fixes takes the others too."

type Look = (more?: readonly Finding[]) => Promise<Found>

function looking(
  input: AnalyzeInput,
  change: JudgedChange | undefined,
  project: Project,
  workspace: Workspace,
  context: CommandContext,
): Look {
  const { host, signal } = context
  return async (more = []) => {
    const folder = join(host.folders.data, "analyses")
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const cache = openFactCache(join(folder, `${project.id}.db`))
    try {
      return await analysisOf({
        index: project.index,
        workspace,
        git: project.git,
        paths: input.paths,
        rules: input.rule,
        severity: input.severity,
        confidence: input.confidence,
        since: input.changed ? "HEAD" : input.since,
        change,
        // What is known is written anew.
        baseline: input.updateBaseline ? undefined : input.baseline,
        vulnerabilities: input.vulnerabilities,
        limits: context.config().values["analyze.limits"],
        allowedLicences: context.config().values["analyze.allowedLicences"],
        more,
        cache,
        signal,
        progress: ({ phase, done, total, what }) =>
          context.progress({
            phase,
            done,
            total,
            message: phase === "files" ? "Looking at files" : `Looking at the whole: ${what ?? "done"}`,
          }),
      })
    } finally {
      cache.close()
    }
  }
}

async function judgedByModel(input: AnalyzeInput, found: Found, context: CommandContext) {
  const [{ engineTools }, { runEngine }, { analyzeEngine, analyzeTask }] = await Promise.all([
    import("../engine-tools.ts"),
    import("../../engines/pipeline/run-engine.ts"),
    import("../../engines/analyze/model-engine.ts"),
  ])
  const tools = await engineTools(context, { command: "analyze" })
  const task = await analyzeTask(found, tools)
  const run = await runEngine(analyzeEngine, task, tools, runOptions({ model: input.model, noModel: false }))
  const { findings, judged, dropped } = run.result
  return { findings, model: { ...factsOf(run), judged, dropped } }
}

async function proposed(
  input: AnalyzeInput,
  findings: readonly Finding[],
  workspace: Workspace,
  context: CommandContext,
): Promise<Analysis["proposal"]> {
  const { propose } = await import("../../engines/proposal/propose.ts")
  const { changes, fixed, left } = await fixesOf(workspace, findings, { unsafe: input.unsafeFixes })
  if (changes.length === 0) return null
  const rules = [...new Set(fixed.map(({ rule }) => rule))].sort()
  const proposal = await propose(workspace, changes, {
    engine: "analyze",
    title: `Mend ${fixed.length === 1 ? "a finding" : `${fixed.length} findings`}`,
    explanation: [
      ...fixed
        .slice(0, 50)
        .map(({ path, startLine, rule, fix }) => `- ${path}:${startLine}: ${fix?.says ?? rule} (${rule})`),
      ...(left.length > 0 ? [`- ${left.length} more overlap with these: run it again.`] : []),
      ...(fixed.length > 50 ? [`- and more of ${rules.join(", ")}`] : []),
    ].join("\n"),
    madeBy: "index",
  })
  return finishProposal(proposal, input, context)
}

const sarif = ({ findings, suppressed, known }: Found) =>
  sarifOf(findings, {
    version,
    rules: allRules,
    suppressed: [
      ...suppressed.map(({ finding, reason }) => ({ finding, kind: "inSource" as const, reason })),
      ...known.map((finding) => ({ finding, kind: "external" as const, reason: "It is in the baseline." })),
    ],
  })
