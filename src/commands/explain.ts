import { z } from "zod"
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
import { type Block, inlineCode, literal } from "./document.ts"
import { indexingTimeoutMs, indexOf } from "./indexed.ts"

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
    const engine = await import("../engines/explain/explain.ts")
    return engine.explain(target, { index, signal: context.signal })
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
