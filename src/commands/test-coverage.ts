import { readFile, stat } from "node:fs/promises"
import { join } from "node:path"
import { z } from "zod"
import { NotFoundError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { literal } from "./document.ts"
import { indexingTimeoutMs, readyProject } from "./indexed.ts"
import { linesPercent, percent, spokenLines, TotalsShape } from "./test-shapes.ts"

const Covered = z.object({ path: z.string(), totals: TotalsShape, missed: z.array(z.int()) })

export const testCoverage = defineCommand({
  name: "test.coverage",
  summary: "Read a coverage file, and say what of it can be believed",
  description:
    "Reads lcov, Cobertura, JaCoCo, Go's coverprofile, llvm-cov's and istanbul's JSON, told by their contents. What names files " +
    "outside of the project, lines that a file doesn't have, or files that were changed since is named and not counted.",
  examples: [
    { line: "duck test coverage", says: "the youngest file at the usual places" },
    { line: "duck test coverage coverage/lcov.info --under src", says: "a file, and a folder" },
    { line: "duck test coverage after.info --since before.info", says: "what was gained and lost" },
  ],
  input: z.object({
    file: z.string().trim().max(2_000).optional().describe("The coverage file; found at the usual places"),
    since: z.string().trim().max(2_000).optional().describe("An earlier coverage file to compare with"),
    under: z.string().trim().max(2_000).default("").describe("Only files under this path"),
    limit: z.int().min(1).max(10_000).default(30).describe("Most files, the least covered first"),
    below: z.number().min(0).max(100).default(0).describe("Exit code 1 where fewer percent of the lines ran"),
  }),
  output: z.object({
    file: z.string(),
    format: z.string(),
    totals: TotalsShape,
    files: z.array(Covered),
    fileCount: z.int(),
    lies: z.array(z.object({ kind: z.string(), path: z.string(), message: z.string() })),
    gained: z
      .array(
        z.object({
          path: z.string(),
          before: TotalsShape,
          after: TotalsShape,
          gained: z.array(z.int()),
          lost: z.array(z.int()),
        }),
      )
      .nullable(),
    isEnough: z.boolean(),
  }),
  positionals: ["file"],
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ file, since, under, limit, below }, context) {
    const now = await coverageOf(file, context)
    const before = since === undefined ? null : await coverageOf(since, context, { isOld: true })
    const [{ totalsOf }, { compared }] = await Promise.all([
      import("../workspace/coverage/coverage.ts"),
      import("../workspace/coverage/compare.ts"),
    ])
    const plain = under.replace(/^\.\/?|\/+$/g, "")
    const isUnder = ({ path }: { path: string }) => plain === "" || path === plain || path.startsWith(`${plain}/`)
    const files = now.files.filter(isUnder)
    const shown = files
      .map((one) => ({
        path: one.path,
        totals: totalsOf([one]),
        missed: [...one.lines]
          .filter(([, hits]) => hits === 0)
          .map(([line]) => line)
          .sort((a, b) => a - b),
      }))
      .sort((a, b) => b.missed.length - a.missed.length || (a.path < b.path ? -1 : 1))
    const totals = totalsOf(files)
    const gained = before && compared(before.files.filter(isUnder), files)
    return {
      ...{ file: now.name, format: now.format, totals, fileCount: files.length, files: shown.slice(0, limit) },
      lies: [...now.lies, ...(before?.lies ?? [])],
      gained: gained?.map((one) => ({ ...one, gained: [...one.gained], lost: [...one.lost] })) ?? null,
      isEnough: totals.lines > 0 && (100 * totals.linesRun) / totals.lines >= below,
    }
  },
  present: ({ file, format, totals, files, fileCount, lies, gained }) => [
    {
      kind: "paragraph",
      text:
        totals.lines === 0
          ? `No line that can be believed is in ${literal(file)} (${format}).`
          : `**${linesPercent(totals)}** of ${count(totals.lines, "line")} ran, ${percent(totals.branchesTaken, totals.branches)} of ${count(totals.branches, "branch", "branches")}, in ${count(fileCount, "file")} (${literal(file)}, ${format}).`,
    },
    ...(lies.length > 0
      ? [
          { kind: "heading", text: "Not believed", level: 2 } as const,
          {
            kind: "table",
            columns: [{ title: "" }, { title: "path" }, { title: "why" }],
            rows: lies.slice(0, 30).map(({ kind, path, message }) => [kind, literal(path), literal(message)]),
          } as const,
        ]
      : []),
    {
      kind: "table",
      columns: [
        { title: "path" },
        { title: "lines", align: "right" },
        { title: "branches", align: "right" },
        { title: "did not run" },
      ],
      rows: files.map(({ path, totals: own, missed }) => [
        literal(path),
        linesPercent(own),
        percent(own.branchesTaken, own.branches),
        spokenLines(missed),
      ]),
    },
    ...(gained
      ? [
          { kind: "heading", text: "Since then", level: 2 } as const,
          {
            kind: "table",
            columns: [
              { title: "path" },
              { title: "before", align: "right" },
              { title: "now", align: "right" },
              { title: "gained" },
              { title: "lost" },
            ],
            rows: gained.map(({ path, before, after, gained: more, lost }) => [
              literal(path),
              linesPercent(before),
              linesPercent(after),
              spokenLines(more),
              spokenLines(lost),
            ]),
          } as const,
        ]
      : []),
  ],
  exitCode: ({ isEnough, lies }) => (isEnough && lies.length === 0 ? 0 : 1),
})

const mostBytes = 200_000_000

/** A coverage file of the caller's project, checked. Of an old one it is no lie that files were changed since. */
export async function coverageOf(
  named: string | undefined,
  context: CommandContext,
  { isOld = false }: { readonly isOld?: boolean } = {},
) {
  const { root, index } = await readyProject(context)
  const [{ readCoverage }, { checkedCoverage }, { findCoverage }, { workspaceOf }] = await Promise.all([
    import("../workspace/coverage/read-coverage.ts"),
    import("../workspace/coverage/checked.ts"),
    import("../workspace/coverage/find.ts"),
    import("./workspace-of.ts"),
  ])
  const name = named ?? (await findCoverage(root))
  if (name === undefined)
    throw new NotFoundError({
      code: "NO_COVERAGE",
      message: "There is no coverage file at the usual places.",
      hint: "Run the tests with coverage, or name the file.",
    })
  const workspace = await workspaceOf(context)
  const { text, path } = await workspace.read(name, { maxBytes: mostBytes })
  const report = readCoverage(text, name)
  const { mtimeMs } = await stat(join(root, path))
  const checked = await checkedCoverage(report, {
    ...{ root, paths: index.files() },
    writtenAtMs: isOld ? Number.POSITIVE_INFINITY : mtimeMs,
    async lineCount(each) {
      const found = (await index.text(each)) ?? (await readFile(join(root, each), "utf8").catch(() => undefined))
      return found === undefined ? undefined : found.split("\n").length
    },
  })
  return { ...checked, name, format: report.format }
}
