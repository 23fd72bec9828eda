import { z } from "zod"
import { permits } from "../access/actor.ts"
import { DuckError, InvalidInputError } from "../base/errors.ts"
import { version } from "../base/version.ts"
import { defineCommand } from "./command.ts"
import { ContextFlags, factsOf, ModelFlags, runOptions } from "./engine-run.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { ReviewAnswer, reviewBlocks } from "./review/shapes.ts"
import { TreeName, treeNeedsStaged } from "./review/tree-name.ts"

const gravity = { error: 0, warning: 1, note: 2, never: -1 } as const

export const review = defineCommand({
  name: "review",
  summary: "Review a change: what it does, what it can break, what is wrong with it",
  description:
    "Of the working tree, of what is staged, since a revision, or of a patch: definitions that changed, risk by a stated formula, " +
    "findings in the changed lines, missing tests, questions. A model reads it too where one is connected; what it finds must " +
    "stand in the code, and is held against it once more. Exit code 1 with findings at or above --fail-on.",
  examples: [
    { line: "duck review", says: "everything that is not committed" },
    { line: "duck review --staged --no-model", says: "what the next commit would hold, by rules alone" },
    { line: "duck review --base main src/", says: "since this branch left main, in one folder" },
    { line: "duck review --patch change.diff", says: "a patch; or pipe it: git diff main | duck review" },
    { line: "duck review --base main --sarif > duck.sarif", says: "SARIF 2.1.0, for code hosts" },
  ],
  input: z.object({
    paths: z.array(z.string().min(1)).max(1_000).default([]).describe("Only these files or folders"),
    base: z.string().min(1).max(300).optional().describe("Since the working tree left this revision or branch"),
    staged: z.boolean().default(false).describe("What is staged"),
    tree: TreeName,
    patch: z.string().min(1).max(1_000).optional().describe("A file with a patch"),
    text: z.string().max(20_000_000).optional().describe("A patch, as it is piped in"),
    tools: z.boolean().default(false).describe("Run the project's own type checkers and linters too"),
    noAnalyze: z.boolean().default(false).describe("Leave the analyzers of `duck analyze` out"),
    failOn: z
      .enum(["error", "warning", "note", "never"])
      .default("error")
      .describe("Exit code 1 from this severity on"),
    sarif: z.boolean().default(false).describe("Print SARIF 2.1.0"),
    ...ModelFlags,
    ...ContextFlags,
  }),
  output: ReviewAnswer,
  positionals: ["paths"],
  stdin: "text",
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run(input, context) {
    const { base, staged, patch, text, failOn } = input
    const startedAt = performance.now()
    const options = runOptions(input)
    // Type checkers and linters are programs of the project.
    if (input.tools && !permits(context.actor, "write")) {
      throw new DuckError({
        code: "NOT_PERMITTED",
        message: "--tools runs programs of the project, for which you need the permission `write`.",
        hint: "Leave --tools out.",
        status: 403,
      })
    }
    const isNamed = base !== undefined || staged || patch !== undefined
    if ([base !== undefined, staged, patch !== undefined].filter(Boolean).length > 1) {
      throw new InvalidInputError({
        message: "--base, --staged and --patch each say which change is meant: give one of them.",
      })
    }
    if (input.tree !== undefined && !staged) throw new InvalidInputError({ message: treeNeedsStaged })
    const [{ engineTools }, { readChanges }, { reviewChange }, { runReview }, inspectors] = await Promise.all([
      import("./engine-tools.ts"),
      import("../engines/review/read-changes.ts"),
      import("../engines/review/review-change.ts"),
      import("../engines/review/run-review.ts"),
      import("./review/inspectors.ts"),
    ])
    const tools = await engineTools(context, { command: "review" })
    const { workspace, signal } = tools
    const { git } = await context.project()
    const paths = await Promise.all(input.paths.map(async (path) => relativeIn(workspace.root, path)))
    // A flag says more than a pipe that happens to be open.
    const given = patch === undefined ? (isNamed ? undefined : text) : (await workspace.read(patch)).text
    const changes = await readChanges(
      given !== undefined
        ? { kind: "patch", text: given }
        : staged
          ? { kind: "staged", tree: input.tree }
          : { kind: "tree", base },
      { workspace, git, paths: paths.filter((path) => path !== ""), signal },
    )
    tools.progress("review", "Looking at what changed")
    const facts = await reviewChange(changes, {
      ...tools,
      inspectors: [
        ...(input.noAnalyze ? [] : [inspectors.analyzers(workspace, context)]),
        ...(input.tools ? [inspectors.tools(workspace, context)] : []),
      ],
    })
    // There is nothing to ask a model about.
    const isEmpty = changes.files.length === 0
    const run = await runReview({ changes, facts }, tools, { ...options, ...(isEmpty ? { withoutModel: true } : {}) })
    const sarif = input.sarif
      ? (await import("../engines/analyze/sarif.ts")).sarifOf(run.result.findings, { version })
      : null
    return { ...run.result, facts: { ...factsOf(run), tookMs: performance.now() - startedAt }, failOn, sarif }
  },
  print: ({ sarif }) => sarif ?? undefined,
  present: reviewBlocks,
  exitCode: ({ findings, failOn }) => (findings.some(({ severity }) => gravity[severity] <= gravity[failOn]) ? 1 : 0),
})

/** As git takes it. */
const relativeIn = (root: string, path: string) =>
  (path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path === root ? "" : path)
    .replace(/^(?:\.\/)+|\/+$/g, "")
    .replace(/^\.$/, "")
