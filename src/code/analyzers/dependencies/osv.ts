import semver from "semver"
import { z } from "zod"
import { InvalidInputError } from "../../../base/errors.ts"
import { type Finding, findingOf } from "../../finding.ts"
import type { RuleAbout } from "../analyzer.ts"
import type { Manifest } from "./manifest.ts"
import { pythonName } from "./names.ts"

export const osvRule: RuleAbout = {
  id: "dependencies/vulnerable",
  severity: "error",
  explanation:
    "A file of known vulnerabilities that you named lists the installed version. Update to the version that it names as fixed.",
}

const Event = z.object({
  introduced: z.string().optional(),
  fixed: z.string().optional(),
  last_affected: z.string().optional(),
})
/** The part of the Open Source Vulnerability format (schema 1.x) that says which versions are affected. */
const Advisory = z.object({
  id: z.string(),
  summary: z.string().optional(),
  withdrawn: z.string().optional(),
  aliases: z.array(z.string()).optional(),
  affected: z
    .array(
      z.object({
        package: z.object({ ecosystem: z.string(), name: z.string() }).optional(),
        versions: z.array(z.string()).optional(),
        ranges: z.array(z.object({ type: z.string(), events: z.array(Event) })).optional(),
      }),
    )
    .optional(),
})
export type Advisory = z.infer<typeof Advisory>

/** One advisory, a list of them, `{ "vulns": [...] }`, or one on each line. Throws InvalidInputError for anything else. */
export function advisoriesIn(text: string, path: string): readonly Advisory[] {
  const File = z.union([
    z.array(Advisory),
    z.object({ vulns: z.array(Advisory) }).transform(({ vulns }) => vulns),
    Advisory.transform((one) => [one]),
  ])
  const read = (value: string): readonly Advisory[] => File.parse(JSON.parse(value))
  try {
    return read(text)
  } catch (whole) {
    try {
      return text
        .split("\n")
        .filter((line) => line.trim() !== "")
        .flatMap(read)
    } catch {
      throw new InvalidInputError({
        message: `${path} holds no vulnerabilities in the OSV format.`,
        hint: "Give a JSON file of the Open Source Vulnerability format: one advisory, a list, or one on each line.",
        cause: whole,
      })
    }
  }
}

/** Locked packages that the advisories speak of. */
export function vulnerabilityFindings(
  manifests: readonly Manifest[],
  advisories: readonly Advisory[],
): readonly Finding[] {
  const byPackage = new Map<string, Advisory[]>()
  for (const advisory of advisories) {
    if (advisory.withdrawn) continue
    for (const { package: of } of advisory.affected ?? []) {
      const key = of && keyOf(of.ecosystem, of.name)
      if (key) byPackage.set(key, [...(byPackage.get(key) ?? []), advisory])
    }
  }
  const found: Finding[] = []
  const seen = new Set<string>()
  for (const { system, locked, lockPath, path, declared } of manifests) {
    for (const { name, version } of locked) {
      for (const advisory of byPackage.get(keyOf(system, name)) ?? []) {
        const id = `${lockPath}\0${name}\0${version}\0${advisory.id}`
        if (seen.has(id) || !isAffected(advisory, system, name, version)) continue
        seen.add(id)
        const line = declared.find((one) => one.name === name)?.line ?? 1
        found.push(
          findingOf({
            rule: osvRule.id,
            severity: "error",
            message: `${name} ${version} has a known vulnerability: ${advisory.id}${advisory.summary ? `, ${advisory.summary}` : ""}.`,
            path,
            startLine: line,
            evidence: `${name} ${version} ${advisory.id}`,
            explanation: osvRule.explanation,
            confidence: 0.95,
            tags: ["security", "dependencies", advisory.id, ...(advisory.aliases ?? [])],
          }),
        )
      }
    }
  }
  return found
}

const keyOf = (system: string, name: string) => {
  const ecosystem = system.split(":")[0]?.toLowerCase() ?? ""
  return `${ecosystem}\0${ecosystem === "pypi" ? pythonName(name) : name}`
}

function isAffected(advisory: Advisory, system: string, name: string, version: string): boolean {
  const clean = semver.coerce(version, { includePrerelease: true })
  return (advisory.affected ?? []).some(({ package: of, versions, ranges }) => {
    if (!of || keyOf(of.ecosystem, of.name) !== keyOf(system, name)) return false
    if (versions?.includes(version.replace(/^v/, ""))) return true
    return (ranges ?? []).some(({ type, events }) => type !== "GIT" && clean !== null && inRange(clean, events))
  })
}

function inRange(version: semver.SemVer, events: readonly z.infer<typeof Event>[]): boolean {
  let is = false
  for (const { introduced, fixed, last_affected: last } of events) {
    const at = (text: string) => semver.coerce(text, { includePrerelease: true })
    if (introduced !== undefined) {
      const from = introduced === "0" ? undefined : at(introduced)
      if (!from || semver.gte(version, from)) is = true
    }
    const until = fixed === undefined ? null : at(fixed)
    if (until && semver.gte(version, until)) is = false
    const end = last === undefined ? null : at(last)
    if (end && semver.gt(version, end)) is = false
  }
  return is
}
