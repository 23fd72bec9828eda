import { z } from "zod"
import { count } from "../../base/text.ts"
import { ModelAnswer } from "../../engines/ask/answer.ts"
import { Explanation } from "../../engines/explain/explanation.ts"
import {
  connectionBlocks,
  followUpBlocks,
  freshnessBlock,
  historyBlocks,
  nearestBlocks,
  passageBlocks,
  testBlocks,
} from "../code-blocks.ts"
import { type Block, inlineCode, literal } from "../document.ts"
import { EngineFacts, factsBlocks } from "../engine-run.ts"
import { markdownBlocks } from "../llm/markdown-blocks.ts"
import { changeBlocks } from "../review/shapes.ts"
import { projectBlocks } from "./project-blocks.ts"

export const ExplainAnswer = Explanation.extend({
  /** For whom. */
  level: z.enum(["beginner", "developer", "expert"]),
  /** A model's words; null where the index alone answered. */
  answer: ModelAnswer.pick({ text: true, citations: true }).nullable(),
  madeBy: z.enum(["index", "model"]),
  facts: EngineFacts,
})
export type ExplainAnswer = z.infer<typeof ExplainAnswer>

export const explainBlocks = (answer: ExplainAnswer): Block[] => [
  ...(answer.answer ? answerBlocks(answer.answer) : []),
  ...factsBlocks(answer.facts),
  ...(answer.answer ? [{ kind: "heading", text: "What the index says", level: 2 } as const] : []),
  { kind: "paragraph", text: isQuoting(answer) ? literal(answer.headline) : answer.headline },
  ...(answer.doc === "" ? [] : [{ kind: "paragraph", text: literal(answer.doc), tone: "quiet" } as const]),
  ...(answer.error ? errorBlocks(answer.error) : []),
  ...passageBlocks([...(answer.passage ? [answer.passage] : []), ...answer.passages]),
  ...(answer.change ? changeBlocks(answer.change) : []),
  ...(answer.project ? projectBlocks(answer.project) : []),
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
  freshnessBlock(answer.freshness, "The index: "),
]

/** Its headline has words of a program or a README in it, none of which are marks. */
const isQuoting = ({ kind }: Explanation) => kind === "error" || kind === "project" || kind === "diff"

function answerBlocks({ text, citations }: NonNullable<ExplainAnswer["answer"]>): Block[] {
  const missing = citations.filter(({ found }) => found === "missing").length
  return [
    ...markdownBlocks(text),
    ...(missing > 0
      ? [
          {
            kind: "paragraph",
            text: `It cites ${count(missing, "place")} that ${missing === 1 ? "is" : "are"} not there.`,
            tone: "warning",
          } as const,
        ]
      : []),
  ]
}

function errorBlocks({ frames, saidAt, causes }: NonNullable<Explanation["error"]>): Block[] {
  return [
    ...table(
      "Likely causes",
      causes.map(({ says, path, line }) => [literal(`${path}:${line}`), literal(says)]),
    ),
    ...table(
      "Trace, the innermost first",
      frames.map(({ path, line, said, name, how }) => [
        path === null ? literal(said) : `**${literal(`${path}:${line}`)}**`,
        literal(name),
        path === null ? "not of this project" : literal(how),
      ]),
    ),
    ...table(
      "The message is written in",
      saidAt.map(({ path, line, text }) => [literal(`${path}:${line}`), inlineCode(text)]),
    ),
  ]
}

function table(title: string, rows: readonly (readonly string[])[]): Block[] {
  const [first] = rows
  if (!first) return []
  return [
    { kind: "heading", text: title, level: 2 },
    { kind: "table", columns: first.map(() => ({ title: "" })), rows },
  ]
}

function outlineBlocks({ path, outline }: Explanation): Block[] {
  return table(
    "Outline",
    outline.map(({ name, kind, startLine, says, depth }) => [
      literal(`${path}:${startLine}`),
      `${"· ".repeat(depth)}${kind} **${literal(name)}**`,
      literal(says),
    ]),
  )
}

function importBlocks({ imports, importedBy }: Explanation): Block[] {
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
