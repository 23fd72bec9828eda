import { byGravity, type Finding, type Place } from "../../code/finding.ts"

/** What a rule says of itself in a report. */
export interface SarifRule {
  readonly id: string
  readonly explanation: string
}

const schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

/**
 * Findings as a log of the Static Analysis Results Interchange Format, version 2.1.0 (OASIS), one run for each tool that found
 * something. Paths are relative to the root, which stands for `%SRCROOT%`; columns count UTF-16 code units.
 */
export function sarifOf(
  findings: readonly Finding[],
  {
    version,
    rules = [],
    suppressed = [],
  }: {
    /** Of RubberDuck. */
    readonly version: string
    /** Those of RubberDuck that were looked for; what others found names its own. */
    readonly rules?: readonly SarifRule[]
    /** Found, and not counted: in a baseline, or suppressed in the source. */
    readonly suppressed?: readonly {
      readonly finding: Finding
      readonly kind: "inSource" | "external"
      readonly reason: string
    }[]
  },
): string {
  const bySource = new Map<string, Finding[]>()
  for (const finding of [...findings, ...suppressed.map(({ finding }) => finding)]) {
    bySource.set(finding.source, [...(bySource.get(finding.source) ?? []), finding])
  }
  if (bySource.size === 0) bySource.set("duck", [])
  const whyNot = new Map(suppressed.map((one) => [one.finding, one]))
  const runs = [...bySource].map(([source, found]) => {
    const sorted = found.toSorted(byGravity)
    const about = new Map(source === "duck" ? rules.map(({ id, explanation }) => [id, explanation]) : [])
    for (const { rule, explanation } of sorted) if (!about.has(rule)) about.set(rule, explanation ?? "")
    const ids = [...about.keys()].sort()
    return {
      tool: {
        driver: {
          name: source === "duck" ? "RubberDuck" : source,
          ...(source === "duck" ? { semanticVersion: version } : {}),
          rules: ids.map((id) => ({
            id,
            name: id.replaceAll(/(?:^|[/_-])(\w)/g, (_, letter: string) => letter.toUpperCase()),
            shortDescription: { text: firstSentence(about.get(id) || id) },
            fullDescription: { text: about.get(id) || id },
            help: { text: about.get(id) || id },
          })),
        },
      },
      columnKind: "utf16CodeUnits",
      originalUriBaseIds: { "%SRCROOT%": { description: { text: "The project's root." } } },
      results: sorted.map((finding) => {
        const not = whyNot.get(finding)
        return {
          ...resultOf(finding, ids.indexOf(finding.rule)),
          ...(not ? { suppressions: [{ kind: not.kind, justification: not.reason }] } : {}),
        }
      }),
    }
  })
  return `${JSON.stringify({ $schema: schema, version: "2.1.0", runs }, null, 2)}\n`
}

const firstSentence = (text: string) => /^.*?[.!?](?=\s|$)/s.exec(text)?.[0] ?? text

function resultOf(finding: Finding, ruleIndex: number) {
  const { rule, severity, message, fingerprint, confidence, tags, related, fix, evidence } = finding
  return {
    ruleId: rule,
    ruleIndex,
    level: severity,
    message: { text: message },
    locations: [
      { physicalLocation: { ...locationOf(finding), region: { ...regionOf(finding), snippet: { text: evidence } } } },
    ],
    partialFingerprints: { "rubberduck/v1": fingerprint },
    rank: Math.round(confidence * 1000) / 10,
    properties: { tags, confidence },
    ...(related.length === 0
      ? {}
      : {
          relatedLocations: related.map((place: Place, id) => ({
            id,
            physicalLocation: { ...locationOf(place), region: regionOf(place) },
            message: { text: place.says },
          })),
        }),
    ...(fix === undefined
      ? {}
      : { fixes: [{ description: { text: fix.says }, artifactChanges: changesOf(fix.edits) }] }),
  }
}

const locationOf = ({ path }: { readonly path: string }) => ({
  artifactLocation: { uri: path.split("/").map(encodeURIComponent).join("/"), uriBaseId: "%SRCROOT%" },
})

const regionOf = ({
  startLine,
  startColumn,
  endLine,
  endColumn,
}: Pick<Finding, "startLine" | "startColumn" | "endLine" | "endColumn">) => ({
  startLine,
  startColumn,
  endLine,
  endColumn,
})

function changesOf(edits: NonNullable<Finding["fix"]>["edits"]) {
  const byPath = Map.groupBy(edits, ({ path }) => path)
  return [...byPath].map(([path, own]) => ({
    ...locationOf({ path }),
    replacements: own.map((edit) => ({ deletedRegion: regionOf(edit), insertedContent: { text: edit.text } })),
  }))
}
