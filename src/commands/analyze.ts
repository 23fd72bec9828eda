import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { Finding } from "../code/finding.ts"
import { Analysis, analysisBlocks, isFailing } from "./analyze/shapes.ts"
import { defineCommand } from "./command.ts"
import { ModelFlags } from "./engine-run.ts"
import { ChangeFlags, proposalChoice } from "./proposal/shapes.ts"
import { TreeName, treeNeedsStaged } from "./review/tree-name.ts"

const least = z.enum(["error", "warning", "note"])

export const analyze = defineCommand({
  name: "analyze",
  summary: "Find faults: structure, security, secrets, packages, duplicates, dead code",
  description:
    "From syntax trees and the index, without a model and without the network. A comment `duck-ignore rule: reason` on the line or " +
    "before it suppresses a finding; a baseline file holds those that are known. Exit code 1 with findings at or above --fail-on.",
  examples: [
    { line: "duck analyze", says: "the whole project" },
    { line: "duck analyze src/server --rule security,secrets", says: "some rules in a folder" },
    { line: "duck analyze --since main --fail-on error", says: "only what changed since a revision" },
    { line: "duck analyze --staged", says: "what the next commit would hold, whatever lies in the working tree" },
    { line: "duck analyze --sarif > duck.sarif", says: "SARIF 2.1.0, for code hosts" },
    { line: "duck analyze --baseline duck-baseline.json --update-baseline", says: "take all that is found as known" },
    { line: "duck analyze --explain security/sql-injection", says: "what a rule means; `all` lists the rules" },
    { line: "duck analyze --fix --apply", says: "mend what can be mended safely, behind a checkpoint" },
    { line: "duck analyze --ai", says: "a model explains and ranks what was found, and looks for more" },
    { line: "duck analyze --watch", says: "what comes and goes while files change" },
  ],
  input: z.object({
    paths: z
      .array(z.string().min(1))
      .max(1_000)
      .default([])
      .describe("Files or folders; without any the whole project"),
    rule: z
      .array(z.string().min(1))
      .default([])
      .describe("Only these rules or areas (security, -smells); may be given several times, or with commas"),
    severity: least.default("note").describe("Leave out what is less grave"),
    confidence: z.number().min(0).max(1).default(0.4).describe("Leave out what is less sure, from 0 to 1"),
    failOn: z
      .enum(["error", "warning", "note", "never"])
      .default("warning")
      .describe("Exit code 1 from this severity on"),
    since: z.string().max(300).optional().describe("Only lines that changed since this revision"),
    changed: z.boolean().default(false).describe("Only lines that are not committed yet"),
    staged: z.boolean().default(false).describe("Only lines that are staged, in files as they are staged"),
    tree: TreeName,
    baseline: z.string().max(1_000).optional().describe("A file of known findings, which are not counted"),
    updateBaseline: z.boolean().default(false).describe("Write all that is found into the baseline"),
    tools: z.boolean().default(false).describe("Run the project's own type checkers and linters too"),
    vulnerabilities: z
      .string()
      .max(1_000)
      .optional()
      .describe("A file of known vulnerabilities in the OSV format, to hold packages against"),
    fix: z.boolean().default(false).describe("Propose the fixes that change no behaviour"),
    unsafeFixes: z.boolean().default(false).describe("With --fix: those that may change behaviour too"),
    ...ChangeFlags,
    ai: z.boolean().default(false).describe("Let a model judge what was found, and look for more"),
    model: ModelFlags.model,
    explain: z.string().max(200).optional().describe("Explain a rule, and look for nothing; `all` lists the rules"),
    watch: z.boolean().default(false).describe("Go on while files change, and tell what is new and what is gone"),
    changes: z.int().min(0).default(0).describe("With --watch: end after so many changes; 0: never"),
    sarif: z.boolean().default(false).describe("Print SARIF 2.1.0"),
  }),
  output: Analysis,
  item: z.object({ text: z.string(), change: z.enum(["known", "new", "gone"]), finding: Finding }),
  positionals: ["paths"],
  permission: "write",
  timeoutMs: 0,
  async run(input, context) {
    refuseContradictions(input)
    const { runAnalyze } = await import("./analyze/run.ts")
    return runAnalyze(
      {
        ...input,
        rule: input.rule
          .flatMap((words) => words.split(","))
          .map((word) => word.trim())
          .filter(Boolean),
      },
      context,
    )
  },
  print: ({ sarif }) => sarif ?? undefined,
  present: analysisBlocks,
  choice: ({ proposal }) => (proposal ? proposalChoice(proposal) : undefined),
  exitCode: (answer) => (isFailing(answer) ? 1 : 0),
})

type Input = z.output<typeof analyze.input>

function refuseContradictions({
  since,
  changed,
  staged,
  tree,
  updateBaseline,
  baseline,
  fix,
  unsafeFixes,
  apply,
  interactive,
  watch,
  ai,
  model,
  sarif,
}: Input) {
  const refuse = (message: string, hint?: string) => {
    throw new InvalidInputError({ message, ...(hint ? { hint } : {}) })
  }
  if (staged && (since !== undefined || changed))
    refuse("--staged, --changed and --since each say what changed: give one.")
  if (tree !== undefined && !staged) refuse(treeNeedsStaged)
  if (staged && (fix || ai || watch))
    refuse("--staged looks at what is staged and not at the files: leave --fix, --ai and --watch out.")
  if (since !== undefined && changed) refuse("--since and --changed don't go together.", "--changed is --since HEAD.")
  if (updateBaseline && baseline === undefined)
    refuse("--update-baseline needs to know which file.", "Name it with --baseline.")
  if (updateBaseline && (since !== undefined || changed || staged))
    refuse("A baseline is of everything: leave --since, --changed and --staged out.")
  if (!fix && (unsafeFixes || apply || interactive)) refuse("Only --fix makes changes that could be applied.")
  if (watch && (fix || updateBaseline || ai || sarif))
    refuse("--watch only watches: leave --fix, --update-baseline, --ai and --sarif out.")
  if (model !== undefined && !ai) refuse("--model chooses whom --ai asks.")
}
