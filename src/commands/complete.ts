import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { throwIfAborted } from "../base/signal.ts"
import { lineStarts } from "../base/text.ts"
import type { Project } from "../code/projects.ts"
import { madeWithoutModel } from "./code-blocks.ts"
import { defineCommand, TextItem } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { type Block, inlineCode, literal } from "./document.ts"
import { ContextFlags, ModelFlags, openFile, runOptions } from "./engine-run.ts"
import { engineTools } from "./engine-tools.ts"
import { indexingTimeoutMs, readyProject } from "./indexed.ts"
import { workspaceAt } from "./workspace-of.ts"

/** 1-based; columns count UTF-16 code units; the end is the first column after it. */
const Range = z.object({ startLine: z.int(), startColumn: z.int(), endLine: z.int(), endColumn: z.int() })

const Suggested = z.object({
  /** What then stands in the range. */
  text: z.string(),
  range: Range,
  kind: z.enum(["name", "member", "module", "idiom", "fill"]),
  detail: z.string(),
  why: z.string(),
  /** 0 to 1, to be compared within one answer only. */
  score: z.number(),
  /** What else changes with it: an import. Of the text as it was before. */
  edits: z.array(z.object({ range: Range, text: z.string() })),
})

const place = /^(.+?):(\d+):(\d+)$/

export const complete = defineCommand({
  name: "complete",
  summary: "Complete code at a place: what may stand there next",
  description:
    "With a model it fills the gap at the cursor; without one, and after it, come names in scope, members, modules and idioms " +
    "of the project, and what a language server offers that runs. For editors: pipe the unsaved text in, and name yourself.",
  examples: [
    { line: "duck complete src/app.ts:12:8", says: "what may stand at line 12, before column 8" },
    {
      line: "cat buffer | duck complete src/app.ts:12:8 --stdin --json",
      says: "of a text that is not saved, for an editor",
    },
    { line: "duck complete src/app.ts:12:8 --no-model --n 10", says: "from the index alone" },
  ],
  input: z.object({
    place: z
      .string()
      .trim()
      .min(1)
      .max(4_000)
      .describe("path:line:column, 1-based; what stands from that column on stays"),
    n: z.int().min(1).max(50).default(3).describe("Most suggestions"),
    stdin: z.boolean().default(false).describe("Take what is piped in as the file's text, even where it is empty"),
    text: z.string().max(4_000_000).optional().describe("The text, where it is not the file's"),
    lsp: z.boolean().default(false).describe("Start the project's language server, should it not run, and wait for it"),
    client: z.string().max(200).default("").describe("Who asks: a later question of the same editor ends this one"),
    debounceMs: z
      .int()
      .min(0)
      .max(5_000)
      .default(0)
      .describe("Milliseconds without another question before a model is asked"),
    patienceMs: z
      .int()
      .min(0)
      .max(60_000)
      .default(3_000)
      .describe("Most milliseconds for learning the project at first"),
    open: ContextFlags.open,
    ...ModelFlags,
  }),
  output: z.object({
    path: z.string(),
    language: z.string(),
    suggestions: z.array(Suggested),
    madeBy: z.enum(["model", "index"]),
    model: z.string().nullable(),
    isRemembered: z.boolean(),
    server: z.string().nullable(),
    isLearned: z.boolean(),
    problem: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).nullable(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    costUsd: z.number().nullable(),
    tookMs: z.number(),
  }),
  item: TextItem,
  stdin: "text",
  positionals: ["place"],
  shorts: { n: "n" },
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ place: given, n, stdin, text, lsp, client, debounceMs, patienceMs, open, model, noModel }, context) {
    const how = runOptions({ model, noModel })
    const { path: typed, line, column } = placeIn(given)
    const { host, signal } = context
    const project = await readyProject(context)
    const { root, index } = project
    const workspace = await workspaceAt(root, context)
    const begunMs = performance.now()
    const { path, buffer } = await bufferOf(typed, text ?? (stdin ? "" : undefined), workspace)
    const [{ complete }, { completerOf }, { languageOf }] = await Promise.all([
      import("../engines/complete/complete.ts"),
      import("../engines/complete/completer.ts"),
      import("../code/parse/languages.ts"),
    ])
    const starts = lineStarts(buffer)
    const offset = offsetAt(buffer, starts, line, column)
    const hasModel = how.withoutModel !== true && host.models.hasModel(root)
    const found = await complete(
      { path, text: buffer, offset },
      {
        ...{ most: n, client, user: context.actor.id, debounceMs, patienceMs, signal },
        ...{ open: open.map(openFile), model: how.model ?? "" },
      },
      {
        ...{ index, completer: completerOf(index), clock: host.clock },
        server: await serverFor(languageOf(path)?.id ?? "", lsp, project, context),
        servedWithinMs: lsp ? 5_000 : undefined,
        engine: hasModel ? () => engineTools(context, { command: "complete" }) : undefined,
      },
    )
    const range = (start: number, end: number) => ({ ...startAt(starts, start), ...endAt(starts, end) })
    const { problem, cursor, suggestions, ...facts } = found
    return {
      ...facts,
      path,
      language: cursor.language,
      problem: problem && {
        ...problem,
        ...(problem.hint === undefined ? { hint: undefined } : { hint: problem.hint }),
      },
      suggestions: suggestions.map(({ start, end, edits, ...one }) => ({
        ...one,
        range: range(start, end),
        edits: edits.map((edit) => ({ range: range(edit.start, edit.end), text: edit.text })),
      })),
      tookMs: performance.now() - begunMs,
    }
  },
  exitCode: ({ suggestions }) => (suggestions.length > 0 ? 0 : 1),
  present({ suggestions, madeBy, model, isRemembered, server, isLearned, problem, tookMs }) {
    const failed: Block[] = problem
      ? [
          {
            kind: "paragraph",
            text: literal(`The model did not answer: ${problem.message} ${problem.hint ?? ""}`),
            tone: "warning",
          },
        ]
      : []
    const by =
      madeBy === "index"
        ? `${madeWithoutModel}${tookMs.toFixed(0)} ms`
        : `Made by ${literal(model ?? "the model, earlier")}`
    const notes = [
      ...(madeBy === "index" && model ? [`${literal(model)} had nothing to put in`] : []),
      ...(isRemembered ? ["the rest of an earlier answer"] : []),
      ...(server ? [`with ${literal(server)}`] : []),
      ...(isLearned ? [] : ["the project is still being learned"]),
    ]
    const facts: Block = { kind: "paragraph", text: `${[by, ...notes].join(", ")}.`, tone: "quiet" }
    if (suggestions.length === 0) return [...failed, { kind: "paragraph", text: "Nothing to suggest there." }, facts]
    return [
      ...failed,
      {
        kind: "table",
        columns: [{ title: "suggestion" }, { title: "kind" }, { title: "", isCut: true }],
        rows: suggestions.map(({ text, kind, detail, why, edits }) => [
          inlineCode(text),
          kind,
          literal([detail === "" ? why : detail, ...edits.map((edit) => `adds ${edit.text.trim()}`)].join("; ")),
        ]),
      },
      facts,
    ]
  },
})

/** One that runs, or is started when that is asked for. One that can't be is done without. */
async function serverFor(
  language: string,
  isStarted: boolean,
  project: Project,
  { host, signal, logger }: CommandContext,
) {
  const running = host.languageServers.running(project.root, language)
  if (running || !isStarted) return running
  return host.languageServers.open(project, language, { signal }).catch((error) => {
    throwIfAborted(signal)
    logger.warn("the language server can't be asked", { error })
    return undefined
  })
}

function placeIn(given: string) {
  const found = place.exec(given)
  if (!found) {
    throw new InvalidInputError({
      message: `${inlineCode(given)} is no place.`,
      hint: "Write it as path:line:column, src/app.ts:12:8; for a question there is `duck ask`",
    })
  }
  const [, path = "", line = "1", column = "1"] = found
  return { path, line: Number(line), column: Number(column) }
}

/** The text at the place, and its path as the index has it. A file that is not there yet has the text that was piped in. */
async function bufferOf(path: string, text: string | undefined, workspace: Awaited<ReturnType<typeof workspaceAt>>) {
  if (text !== undefined) return { path: path.replaceAll("\\", "/").replace(/^\.\//, ""), buffer: text }
  const file = await workspace.read(path)
  return { path: file.path, buffer: file.text }
}

function offsetAt(text: string, starts: readonly number[], line: number, column: number): number {
  const start = starts[line - 1]
  if (start === undefined || line < 1 || column < 1) {
    throw new InvalidInputError({ message: `There is no line ${line}: the text has ${starts.length}.` })
  }
  const next = starts[line] ?? text.length + 1
  const length = text.slice(start, next).replace(/[\r\n]+$/, "").length
  if (column > length + 1) {
    throw new InvalidInputError({ message: `Line ${line} has no column ${column}: it ends at ${length + 1}.` })
  }
  return start + column - 1
}

function at(starts: readonly number[], offset: number): { line: number; column: number } {
  let line = starts.length
  while (line > 1 && (starts[line - 1] ?? 0) > offset) line--
  return { line, column: offset - (starts[line - 1] ?? 0) + 1 }
}

function startAt(starts: readonly number[], offset: number) {
  const { line, column } = at(starts, offset)
  return { startLine: line, startColumn: column }
}

function endAt(starts: readonly number[], offset: number) {
  const { line, column } = at(starts, offset)
  return { endLine: line, endColumn: column }
}
