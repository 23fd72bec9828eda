import { z } from "zod"
import { InvalidInputError, NotFoundError } from "../base/errors.ts"
import { defineCommand, TextItem } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { ContextFlags, factsOf, ModelFlags, runOptions } from "./engine-run.ts"
import { ExplainAnswer, explainBlocks } from "./explain/shapes.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { membersOf } from "./members.ts"
import { workspaceOf } from "./workspace-of.ts"

export const explain = defineCommand({
  name: "explain",
  summary: "Explain a file, a symbol, lines, a change, an error, or the whole project",
  description:
    "Outline or passage, callers and callees, imports, tests and history from the index; of an error its frames in this project " +
    "and what makes them suspects; of a project its parts and how they hang together. Where a model is connected it explains that " +
    "in words, and every place it cites is checked.",
  examples: [
    { line: "duck explain src/base/ids.ts", says: "a file: its outline, who imports it, its tests" },
    { line: "duck explain openFabric --level beginner", says: "a symbol: what it does, who calls it, step by step" },
    { line: "duck explain src/base/ids.ts:14-40", says: "some lines" },
    { line: "npm test 2>&1 | duck explain", says: "an error: the trace in it, and its likely causes" },
    { line: 'duck explain "TypeError: rate is not a function"', says: "an error as text" },
    {
      line: "duck explain --diff main",
      says: "what changed since this branch left main; alone: since the last commit",
    },
    { line: "duck explain .", says: "the project: its parts, where to begin, how to run it" },
    { line: "duck explain --member api", says: "one member of a workspace: its parts, what it uses, who uses it" },
  ],
  input: z.object({
    target: z
      .string()
      .trim()
      .max(20_000)
      .default("")
      .describe(
        "A path, path:line, path:from-to, a name, an error in quotes, or . for the project; with --diff a revision",
      ),
    text: z.string().max(5_000_000).optional().describe("A trace or a patch, as it is piped in"),
    diff: z.boolean().default(false).describe("The change since the last commit, or since the revision that is named"),
    project: z.boolean().default(false).describe("The whole project"),
    member: z
      .string()
      .trim()
      .min(1)
      .max(2_000)
      .optional()
      .describe("This member of a workspace, by name or path, or the target in it; all: the workspace"),
    level: z.enum(["beginner", "developer", "expert"]).default("developer").describe("For whom a model explains"),
    ...ModelFlags,
    ...ContextFlags,
  }),
  output: ExplainAnswer,
  item: TextItem,
  positionals: ["target"],
  stdin: "text",
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run(input, context) {
    const { target, text = "", diff, project, level } = input
    const startedAt = performance.now()
    const options = runOptions(input)
    if (diff && project) throw new InvalidInputError({ message: "--diff and --project don't go together." })
    const members = await membersOf(input.member === undefined ? [] : [input.member], context)
    const [member] = members
    // "all" of several is the workspace itself, whose page shows each of them.
    const isAll = members.length > 1
    const [{ engineTools }, { explainWanted }, { explainEngine }, { runEngine }] = await Promise.all([
      import("./engine-tools.ts"),
      import("../engines/explain/explain-target.ts"),
      import("../engines/explain/explain-engine.ts"),
      import("../engines/pipeline/run-engine.ts"),
    ])
    const tools = await engineTools(context, { command: "explain" })
    const { git } = await context.project()
    // What is named says more than a pipe that happens to be open.
    const wanted = {
      ...{ target, text: target === "" ? text : "", since: diff ? target : undefined },
      isProject: project || (isAll && target === "" && !diff),
      member: isAll ? undefined : member,
    }
    let explanation: Awaited<ReturnType<typeof explainWanted>>
    try {
      explanation = await explainWanted(wanted, tools, git)
    } catch (error) {
      if (error instanceof NotFoundError && error.code === "TARGET_NOT_FOUND" && looksLikePath(target))
        await refuseOrTellWhy(target, context)
      throw error
    }
    const isNothing = explanation.change?.files.length === 0
    const run = await runEngine(
      explainEngine,
      { explanation, level },
      tools,
      isNothing ? { withoutModel: true } : options,
    )
    const { answer } = run.result
    return {
      ...explanation,
      level,
      answer: answer && { text: answer.text, citations: [...answer.citations] },
      madeBy: run.madeBy,
      facts: { ...factsOf(run), tookMs: performance.now() - startedAt },
    }
  },
  present: explainBlocks,
  exitCode: ({ error }) => (error && !error.isFound ? 1 : 0),
})

const looksLikePath = (target: string) => !/\s/.test(target) && /[\\/]|^\.|^~|\.\w{1,8}(:\d+)?/.test(target)

/** Throws what keeps a path from being explained: it leads out of the project, is not there, or is not indexed. */
async function refuseOrTellWhy(target: string, context: CommandContext): Promise<void> {
  const path = target.replace(/:\d+(-\d+)?$/, "")
  const workspace = await workspaceOf(context)
  const { kind } = await workspace.stat(path)
  throw new NotFoundError({
    code: "NOT_INDEXED",
    message: `${path} is there, but the index holds no such file: ${kind === "file" ? "it is ignored, binary or too large" : `it is a ${kind}`}.`,
    hint:
      kind === "folder" ? `Ask about it: duck ask "what is in ${path}"` : "`duck index status` shows what is indexed.",
  })
}
