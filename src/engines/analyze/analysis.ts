import { InvalidInputError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import { type AnalyzeProgress, analyze } from "../../code/analyzers/analyze.ts"
import type { RuleAbout } from "../../code/analyzers/analyzer.ts"
import { analyzerRules } from "../../code/analyzers/analyzers.ts"
import { type ChangedLines, changedLines, isInChange } from "../../code/analyzers/changed-lines.ts"
import { advisoriesIn, osvRule, vulnerabilityFindings } from "../../code/analyzers/dependencies/osv.ts"
import { manifestsOf } from "../../code/analyzers/dependencies/read.ts"
import type { FactCache } from "../../code/analyzers/fact-cache.ts"
import { licenceFindings, licenceRules } from "../../code/analyzers/licences.ts"
import type { Limits } from "../../code/analyzers/limits.ts"
import { secretsHidden } from "../../code/analyzers/secrets-hidden.ts"
import { type Texts, withTexts } from "../../code/analyzers/with-texts.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import { byGravity, type Finding, type Severity } from "../../code/finding.ts"
import type { Git } from "../../workspace/git.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import { askedFiles } from "./asked-files.ts"
import { readBaseline } from "./baseline.ts"
import { type Suppressed, suppressionRules, withoutSuppressed } from "./suppressions.ts"

/** Every rule that `duck analyze` has of its own, sorted by id. */
export const allRules: readonly RuleAbout[] = [
  ...analyzerRules.values(),
  ...licenceRules,
  osvRule,
  ...suppressionRules,
].toSorted((a, b) => (a.id < b.id ? -1 : 1))

/** Throws InvalidInputError for an id that no rule has. */
export function ruleNamed(id: string): RuleAbout {
  const found = allRules.find((rule) => rule.id === id) ?? allRules.find((rule) => rule.id.endsWith(`/${id}`))
  if (found) return found
  const ids = allRules.map((rule) => rule.id)
  throw new InvalidInputError({
    message: `There is no rule ${id}.`,
    hint: didYouMean(id, ids, (name) => name) ?? "`duck analyze --explain all` lists them.",
  })
}

export interface AnalysisRequest {
  readonly index: CodeIndex
  readonly workspace: Workspace
  readonly git: Git | null
  /** Files or folders, relative to the root; empty: everything. */
  readonly paths: readonly string[]
  /** Ids, areas ("security", "security/*"); with a leading "-" not those. Empty: all. */
  readonly rules: readonly string[]
  /** The least severity that is wanted. */
  readonly severity: Severity
  /** Less sure findings are left out. */
  readonly confidence: number
  /** Only what touches lines that are new or changed since this revision. */
  readonly since?: string | undefined
  /** Only what touches these lines, in the texts of these files: what is staged, a patch. */
  readonly change?: { readonly lines: ChangedLines; readonly texts: Texts } | undefined
  /** Path of a baseline file. */
  readonly baseline?: string | undefined
  /** Path of a file of known vulnerabilities in the OSV format. */
  readonly vulnerabilities?: string | undefined
  readonly allowedLicences: readonly string[]
  readonly limits?: Limits
  /** What earlier analyses found out about files. */
  readonly cache?: FactCache
  /** What else was found, by the project's own tools. */
  readonly more?: readonly Finding[]
  readonly signal: AbortSignal
  progress(progress: AnalyzeProgress): void
}

export interface Analysis {
  /** Gravest first. */
  readonly findings: readonly Finding[]
  readonly suppressed: readonly Suppressed[]
  /** In the baseline. */
  readonly known: readonly Finding[]
  /** Fingerprints in the baseline that are found no more; null without one, or where not everything was looked for. */
  readonly gone: number | null
  /** Files that were looked at. */
  readonly files: number
  readonly paths: readonly string[]
}

const order: Record<Severity, number> = { error: 0, warning: 1, note: 2 }
export const isAtLeast = (severity: Severity, least: Severity): boolean => order[severity] <= order[least]

/**
 * Looks through a project, or a part of it: analyzers, licences, vulnerabilities from a file; then takes out what is
 * suppressed, in the baseline, not of the changed lines, or not asked for. Throws InvalidInputError for rules and files that
 * are not there, UnknownRevisionError for a revision that is not.
 */
export async function analysisOf(request: AnalysisRequest): Promise<Analysis> {
  const { workspace, git, signal, progress, since, change } = request
  const index = withTexts(request.index, change?.texts ?? new Map())
  const wanted = ruleFilter(request.rules)
  const known = request.baseline === undefined ? undefined : await readBaseline(workspace, request.baseline)
  const changed = change?.lines ?? (since === undefined ? undefined : await changesSince(git, index, since, signal))
  const paths = wantedPaths(index, request.paths, changed)
  const found: Finding[] = []
  for await (const finding of analyze({
    index,
    signal,
    onProgress: progress,
    ...(change ? { notOnDisk: new Set(change.texts.keys()) } : {}),
    ...(request.limits ? { limits: request.limits } : {}),
    ...(request.cache ? { cache: request.cache } : {}),
  }))
    found.push(finding)
  const more = (request.more ?? []).filter(({ path }) => change?.texts.has(path) !== true)
  found.push(...(await packageFindings(request)), ...more)

  const asked = secretsHidden(found).filter((finding) => wanted(finding.rule) && paths.has(finding.path))
  const isWhole = request.rules.length === 0 && changed === undefined
  const judged = await withoutSuppressed(asked, { index, paths, isWhole })
  const kept = judged.findings.filter(
    (finding) =>
      wanted(finding.rule) &&
      isAtLeast(finding.severity, request.severity) &&
      finding.confidence >= request.confidence &&
      (!changed || isInChange(finding, changed)),
  )
  const isKnown = ({ fingerprint }: Finding) => known?.has(fingerprint) === true
  const left = kept.filter((finding) => !isKnown(finding))
  const all = new Set(found.map(({ fingerprint }) => fingerprint))
  return {
    findings: left.toSorted(byGravity),
    suppressed: judged.suppressed,
    known: kept.filter(isKnown),
    gone: known && isWhole && request.paths.length === 0 ? [...known].filter((one) => !all.has(one)).length : null,
    files: paths.size,
    paths: [...paths],
  }
}

async function packageFindings({
  index,
  workspace,
  allowedLicences,
  vulnerabilities,
}: AnalysisRequest): Promise<readonly Finding[]> {
  const manifests = await manifestsOf(index.root, index.files())
  const licences = await licenceFindings(index.root, manifests, allowedLicences)
  if (vulnerabilities === undefined) return licences
  const { text } = await workspace.read(vulnerabilities, { maxBytes: 200_000_000 })
  return [...licences, ...vulnerabilityFindings(manifests, advisoriesIn(text, vulnerabilities))]
}

async function changesSince(
  git: Git | null,
  index: CodeIndex,
  since: string,
  signal: AbortSignal,
): Promise<ChangedLines> {
  if (git) {
    const changed = await changedLines(git, since, signal)
    if (index.root === git.root) return changed
    // Git's paths begin at its own root, which may lie above the project's.
    const below = `${index.root.slice(git.root.length + 1)}/`
    return new Map(
      [...changed].flatMap(([path, lines]) => (path.startsWith(below) ? [[path.slice(below.length), lines]] : [])),
    )
  }
  throw new InvalidInputError({
    message: "There is no git repository here, so nothing says what changed.",
    hint: "Leave --since and --changed out, or name files.",
  })
}

function wantedPaths(
  index: CodeIndex,
  asked: readonly string[],
  changed: ChangedLines | undefined,
): ReadonlySet<string> {
  const found = new Set(askedFiles(index, asked))
  const all = asked.length === 0 ? index.files() : [...found]
  return new Set(changed ? all.filter((path) => changed.has(path)) : all)
}

/** Throws InvalidInputError where a word names no rule and no area. */
function ruleFilter(words: readonly string[]): (rule: string) => boolean {
  const wanted = words.filter((word) => !word.startsWith("-")).map(matcher)
  const not = words.filter((word) => word.startsWith("-")).map((word) => matcher(word.slice(1)))
  return (rule) => (wanted.length === 0 || wanted.some((fits) => fits(rule))) && !not.some((fits) => fits(rule))
}

function matcher(word: string): (rule: string) => boolean {
  const area = word.replace(/\/?\*?$/, "")
  const areas = new Set([...allRules.map(({ id }) => id.slice(0, id.indexOf("/"))), "model", "rules"])
  if (areas.has(area)) return (rule) => rule.startsWith(`${area}/`)
  // The project's own tools name rules of their own.
  if (word.includes("/") && !areas.has(word.slice(0, word.indexOf("/"))))
    return (rule) => rule === word || rule.startsWith(`${area}/`)
  const { id } = ruleNamed(word)
  return (rule) => rule === id
}
