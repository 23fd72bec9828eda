import { z } from "zod"
import { NotFoundError } from "../base/errors.ts"
import { Explanation } from "../engines/explain/explanation.ts"
import {
  connectionBlocks,
  followUpBlocks,
  freshnessBlock,
  historyBlocks,
  madeWithoutModel,
  nearestBlocks,
  passageBlocks,
  testBlocks,
} from "./code-blocks.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { type Block, inlineCode, literal } from "./document.ts"
import { indexingTimeoutMs, indexOf } from "./indexed.ts"
import { workspaceOf } from "./workspace-of.ts"

export const explain = defineCommand({
  name: "explain",
  summary: "Explain a file, a symbol or some lines",
  description: "Outline or passage, doc comment, callers and callees, imports, tests and history, all from the index.",
  examples: [
    { line: "duck explain src/base/ids.ts", says: "a file: its outline, who imports it, its tests" },
    { line: "duck explain openFabric", says: "a symbol: what it does, who calls it, what it calls" },
    { line: "duck explain src/base/ids.ts:14-40", says: "some lines" },
  ],
  input: z.object({
    target: z.string().trim().min(1).max(2_000).describe("A path, path:line, path:from-to, or a name"),
  }),
  output: Explanation,
  positionals: ["target"],
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ target }, context) {
    const index = await indexOf(context)
    const { explain } = await import("../engines/explain/explain.ts")
    try {
      return await explain(target, { index, signal: context.signal })
    } catch (error) {
      if (error instanceof NotFoundError && looksLikePath(target)) await refuseOrTellWhy(target, context)
      throw error
    }
  },
  present: (answer) => [
    { kind: "paragraph", text: answer.headline },
    ...(answer.doc === "" ? [] : [{ kind: "paragraph", text: literal(answer.doc), tone: "quiet" } as const]),
    ...passageBlocks(answer.passage ? [answer.passage] : []),
    ...outlineBlocks(answer),
    ...connectionBlocks("Callers", answer.callers),
    ...connectionBlocks("Calls", answer.callees),
    ...importBlocks(answer),
    ...testBlocks(answer.tests),
    ...historyBlocks(answer.history),
    ...nearestBlocks(answer.others).map((block) =>
      block.kind === "heading" ? { ...block, text: "Of the same name" } : block,
    ),
    ...followUpBlocks(answer.followUps),
    freshnessBlock(answer.freshness, madeWithoutModel),
  ],
})

const looksLikePath = (target: string) => /[\\/]|^\.|^~|\.\w{1,8}(:\d+)?/.test(target)

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

function outlineBlocks({ path, outline }: Explanation): Block[] {
  if (outline.length === 0) return []
  return [
    { kind: "heading", text: "Outline", level: 2 },
    {
      kind: "table",
      columns: [{ title: "" }, { title: "" }, { title: "" }],
      rows: outline.map(({ name, kind, startLine, says, depth }) => [
        literal(`${path}:${startLine}`),
        `${"· ".repeat(depth)}${kind} **${literal(name)}**`,
        literal(says),
      ]),
    },
  ]
}

function importBlocks({ imports, importedBy }: Explanation): Block[] {
  const table = (title: string, rows: string[][]): Block[] =>
    rows.length === 0
      ? []
      : [
          { kind: "heading", text: title, level: 2 },
          { kind: "table", columns: [{ title: "" }, { title: "" }], rows },
        ]
  return [
    ...table(
      "Imports",
      imports.map(({ module, to }) => [inlineCode(module), literal(to.join(", "))]),
    ),
    ...table(
      "Imported by",
      importedBy.map(({ path, line }) => [literal(`${path}:${line}`), ""]),
    ),
  ]
}
