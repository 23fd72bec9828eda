import { z } from "zod"
import { asDuckError } from "../base/errors.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { indexingTimeoutMs, indexOf } from "./indexed.ts"
import { coverageOf } from "./test-coverage.ts"
import { spokenLines } from "./test-shapes.ts"

export const testSuggest = defineCommand({
  name: "test.suggest",
  summary: "Say what most needs tests",
  description:
    "Exported functions and methods that no test reaches, or whose lines and branches don't run where there is a coverage file; those " +
    "that branch most and are used most come first.",
  examples: [
    { line: "duck test suggest", says: "the whole project" },
    { line: "duck test suggest src/engines --limit 5", says: "a folder" },
    { line: "duck test suggest --coverage coverage/lcov.info", says: "by what really ran" },
  ],
  input: z.object({
    paths: z.array(z.string().trim().min(1).max(2_000)).max(100).default([]).describe("Files or folders"),
    coverage: z.string().trim().max(2_000).optional().describe("A coverage file; found at the usual places"),
    limit: z.int().min(1).max(500).default(20).describe("Most suggestions"),
  }),
  output: z.object({
    suggestions: z.array(
      z.object({
        path: z.string(),
        line: z.int(),
        name: z.string(),
        kind: z.string(),
        complexity: z.int(),
        uses: z.int(),
        tests: z.int(),
        uncovered: z.object({ lines: z.array(z.int()), branches: z.int() }).nullable(),
        score: z.number(),
        why: z.string(),
      }),
    ),
    /** What was believed: a coverage file, or null for the index alone. */
    coverage: z.string().nullable(),
    lies: z.int(),
  }),
  positionals: ["paths"],
  shorts: { limit: "n" },
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ paths, coverage: named, limit }, context) {
    const index = await indexOf(context)
    const [{ suggestTests }, { workspaceOf }] = await Promise.all([
      import("../engines/test/suggest.ts"),
      import("./workspace-of.ts"),
    ])
    const workspace = await workspaceOf(context)
    const under = await Promise.all(paths.map(async (path) => (await workspace.stat(path)).path || "."))
    const coverage = await coverageOf(named, context).catch((thrown) => {
      // Nobody named it: then the index is all there is.
      if (named === undefined && ["NO_COVERAGE", "COVERAGE_UNREADABLE"].includes(asDuckError(thrown).code)) return null
      throw thrown
    })
    const found = await suggestTests(index, {
      ...{ under, limit, signal: context.signal },
      coverage: coverage?.files ?? null,
    })
    return {
      suggestions: found.map((one) => ({
        ...one,
        uncovered: one.uncovered && { ...one.uncovered, lines: [...one.uncovered.lines] },
      })),
      coverage: coverage?.name ?? null,
      lies: coverage?.lies.length ?? 0,
    }
  },
  present: ({ suggestions, coverage, lies }) => [
    {
      kind: "table",
      columns: [{ title: "score", align: "right" }, { title: "what" }, { title: "place" }, { title: "why" }],
      rows: suggestions.map(({ score, name, path, line, why, uncovered }) => [
        score.toFixed(1),
        `**${literal(name)}**`,
        literal(`${path}:${line}`),
        literal(uncovered && uncovered.lines.length > 0 ? `${why} (${spokenLines(uncovered.lines, 4)})` : why),
      ]),
    },
    {
      kind: "paragraph",
      text: coverage
        ? `By ${literal(coverage)}${lies > 0 ? `, of which ${lies} statements are not believed (\`duck test coverage\` names them)` : ""}.`
        : "By names, imports and calls alone: there is no coverage file.",
      tone: "quiet",
    },
    ...(suggestions[0]
      ? [
          {
            kind: "paragraph",
            text: `\`duck test ${literal(suggestions[0].path)}\` writes them.`,
            tone: "quiet",
          } as const,
        ]
      : []),
  ],
  exitCode: ({ suggestions }) => (suggestions.length > 0 ? 1 : 0),
})
