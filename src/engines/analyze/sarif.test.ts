import { expect, test } from "vitest"
import { z } from "zod"
import { findingOf } from "../../code/finding.ts"
import { sarifOf } from "./sarif.ts"

// What the schema of SARIF 2.1.0 (OASIS) demands of the parts that are written here; strict, so that nothing else is.
const text = z.strictObject({ text: z.string().min(1) })
const region = z.strictObject({
  startLine: z.int().min(1),
  startColumn: z.int().min(1),
  endLine: z.int().min(1),
  endColumn: z.int().min(1),
  snippet: z.strictObject({ text: z.string() }).optional(),
})
const artifactLocation = z.strictObject({ uri: z.string().regex(/^[^\s\\]+$/), uriBaseId: z.string() })
const physicalLocation = z.strictObject({ artifactLocation, region })
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string().min(1),
          semanticVersion: z.string().optional(),
          rules: z.array(
            z.strictObject({
              id: z.string(),
              name: z.string(),
              shortDescription: text,
              fullDescription: text,
              help: text,
            }),
          ),
        }),
      }),
      columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
      originalUriBaseIds: z.record(z.string(), z.strictObject({ description: text })),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(0),
          level: z.enum(["none", "note", "warning", "error"]),
          message: text,
          locations: z.array(z.strictObject({ physicalLocation })).min(1),
          partialFingerprints: z.record(z.string(), z.string()),
          rank: z.number().min(0).max(100),
          properties: z.looseObject({ tags: z.array(z.string()).refine((tags) => new Set(tags).size === tags.length) }),
          relatedLocations: z.array(z.strictObject({ id: z.int().min(0), physicalLocation, message: text })).optional(),
          fixes: z
            .array(
              z.strictObject({
                description: text,
                artifactChanges: z
                  .array(
                    z.strictObject({
                      artifactLocation,
                      replacements: z
                        .array(
                          z.strictObject({
                            deletedRegion: region,
                            insertedContent: z.strictObject({ text: z.string() }),
                          }),
                        )
                        .min(1),
                    }),
                  )
                  .min(1),
              }),
            )
            .optional(),
          suppressions: z
            .array(z.strictObject({ kind: z.enum(["inSource", "external"]), justification: z.string() }))
            .optional(),
        }),
      ),
    }),
  ),
})

const place = { startLine: 2, startColumn: 3, endLine: 2, endColumn: 9 }
const finding = findingOf({
  rule: "security/xss",
  severity: "error",
  message: "Data is written into a page.",
  path: "src/a b#1.ts",
  evidence: "x.innerHTML = y",
  explanation: "It runs. Escape it.",
  tags: ["security", "CWE-79"],
  confidence: 0.85,
  related: [{ ...place, path: "src/b.ts", says: "it comes in here" }],
  fix: { says: "Set its text", isSafe: false, edits: [{ ...place, path: "src/a b#1.ts", text: "textContent" }] },
  ...place,
})
const ofTool = findingOf({
  source: "tsc",
  rule: "tsc/TS1",
  severity: "note",
  message: "m",
  path: "c.ts",
  evidence: "e",
})

test("findings become a log that fits the schema, one run for each tool", () => {
  const log = sarif.parse(
    JSON.parse(sarifOf([finding, ofTool], { version: "1.2.3", rules: [{ id: "security/ssrf", explanation: "Why." }] })),
  )
  expect(log.runs.map(({ tool }) => tool.driver.name)).toEqual(["RubberDuck", "tsc"])
  const [own] = log.runs
  expect(own?.tool.driver.rules.map(({ id }) => id)).toEqual(["security/ssrf", "security/xss"])
  const [result] = own?.results ?? []
  expect(own?.tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe("security/xss")
  expect(result?.locations[0]?.physicalLocation.artifactLocation.uri).toBe("src/a%20b%231.ts")
  expect(result?.fixes?.[0]?.artifactChanges[0]?.replacements[0]?.insertedContent.text).toBe("textContent")
})

test("what is suppressed is in the log, and said to be so", () => {
  const suppressed = [
    { finding, kind: "inSource" as const, reason: "checked before" },
    { finding: ofTool, kind: "external" as const, reason: "known" },
  ]
  const log = sarif.parse(JSON.parse(sarifOf([], { version: "1.2.3", suppressed })))
  expect(log.runs.flatMap(({ results }) => results.flatMap((one) => one.suppressions))).toEqual([
    { kind: "inSource", justification: "checked before" },
    { kind: "external", justification: "known" },
  ])
})

test("nothing found is a run without results", () => {
  const log = sarif.parse(JSON.parse(sarifOf([], { version: "1.2.3" })))
  expect(log.runs).toMatchObject([{ results: [] }])
})
