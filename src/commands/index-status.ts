import { z } from "zod"
import { count } from "../base/text.ts"
import type { MeaningStatus } from "../code/code-index.ts"
import { FreshnessNote } from "../engines/ask/answer.ts"
import { freshnessNote } from "../engines/ask/ask.ts"
import { freshnessBlock, shortList } from "./code-blocks.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { spokenSize } from "./server-facts.ts"

export const indexStatus = defineCommand({
  name: "index.status",
  summary: "Show what is indexed here and how fresh it is",
  examples: [{ line: "duck index status", says: "files, languages, freshness and what is still to be done" }],
  input: z.object({}),
  output: z.object({
    root: z.string(),
    /** Why there is no history to search, null where there is. */
    gitAbsence: z.string().nullable(),
    /** How changes are heard of; null while they are not. */
    watching: z.string().nullable(),
    progress: z
      .object({ phase: z.string(), done: z.number(), total: z.number(), path: z.string().optional() })
      .nullable(),
    freshness: FreshnessNote,
    files: z.int(),
    lines: z.int(),
    sizeBytes: z.number(),
    chunks: z.int(),
    symbols: z.int(),
    commits: z.int(),
    languages: z.array(z.object({ language: z.string(), files: z.int(), lines: z.int() })),
    databaseBytes: z.number(),
    /** Vectors for search by meaning; null where no model is chosen. */
    meaning: z
      .object({
        model: z.string(),
        chunks: z.int(),
        embedded: z.int(),
        state: z.enum(["embedding", "waiting", "done"]),
        problem: z
          .object({ code: z.string(), message: z.string(), hint: z.exactOptional(z.string()), retryAt: z.string() })
          .nullable(),
      })
      .nullable(),
    /** A model is chosen, and `search.byMeaning` keeps this project from it. */
    meaningIsRefused: z.boolean(),
    packageManager: z.string().nullable(),
    /** Members of a workspace or monorepo. */
    members: z.array(z.object({ path: z.string(), name: z.string() })),
    testCommand: z.string().nullable(),
    lintCommand: z.string().nullable(),
  }),
  permission: "read",
  async run(_input, context) {
    const { root, gitAbsence, watching, progress, index } = await context.project()
    const [{ detectProject }, { languageOf }] = await Promise.all([
      import("../workspace/detect.ts"),
      import("../code/parse/languages.ts"),
    ])
    const { languages, ...stats } = index.stats()
    const facts = await detectProject(root, {
      languageOf: (path) => languageOf(path)?.id,
      home: context.host.env.HOME,
      signal: context.signal,
    })
    return {
      root,
      gitAbsence,
      watching,
      progress: progress ? { ...progress } : null,
      freshness: freshnessNote(index.freshness()),
      ...stats,
      languages: languages.map((language) => ({ ...language })),
      meaning: meaningNote(index.meaning()),
      meaningIsRefused: index.meaning() === null && context.host.config.load().values["llm.embeddings"] !== "",
      packageManager: facts.packageManager,
      members: facts.members.map(({ path, name }) => ({ path, name })),
      testCommand: facts.testCommand ?? null,
      lintCommand: facts.lintCommand ?? null,
    }
  },
  present: (output) => [
    {
      kind: "fields",
      entries: [
        ["project", output.root],
        ["files", `${count(output.files, "file")}, ${count(output.lines, "line")}, ${spokenSize(output.sizeBytes)}`],
        ["symbols", `${count(output.symbols, "definition")} in ${count(output.chunks, "chunk")}`],
        ["history", output.gitAbsence === null ? count(output.commits, "commit") : `none: ${output.gitAbsence}`],
        [
          "languages",
          shortList(
            output.languages.map(({ language, files }) => `${language} ${files}`),
            8,
          ) || "-",
        ],
        ["packages", packagesOf(output.packageManager, output.members)],
        ["tests", output.testCommand ?? "no command found"],
        ["lint", output.lintCommand ?? "no command found"],
        ["changes", output.watching === null ? "not followed yet" : `followed (${output.watching})`],
        ["database", spokenSize(output.databaseBytes)],
        ["meaning", spokenMeaning(output.meaning, output.meaningIsRefused)],
        ...(output.progress ? [["now", spokenProgress(output.progress)] as const] : []),
      ],
    },
    ...problemBlocks(output.meaning),
    freshnessBlock(output.freshness),
  ],
})

const meaningNote = (meaning: MeaningStatus | null) =>
  meaning && { ...meaning, problem: meaning.problem && { ...meaning.problem } }

function spokenMeaning(meaning: MeaningStatus | null, isRefused: boolean): string {
  if (isRefused) return "off here: the setting search.byMeaning is false"
  if (meaning === null) return "off: no model is chosen for it (`duck llm set-embeddings`)"
  const { model, chunks, embedded, state, problem } = meaning
  const now =
    state === "embedding" ? ", embedding now" : problem ? `, tried again at ${problem.retryAt.slice(11, 19)} UTC` : ""
  return `${literal(model)}, ${embedded.toLocaleString("en-US")} of ${count(chunks, "passage")}${now}`
}

const problemBlocks = (meaning: MeaningStatus | null): Block[] =>
  meaning?.problem
    ? [
        {
          kind: "paragraph",
          text: literal([meaning.problem.message, meaning.problem.hint].filter(Boolean).join(" ")),
          tone: "warning",
        },
      ]
    : []

function packagesOf(manager: string | null, members: readonly { readonly name: string }[]): string {
  const names =
    members.length === 0
      ? ""
      : `, ${count(members.length, "member")}: ${shortList(
          members.map(({ name }) => name),
          6,
        )}`
  return `${manager ?? "no package manager found"}${names}`
}

const spokenProgress = ({ phase, done, total }: { phase: string; done: number; total: number }) =>
  total > 0 ? `${phase}, ${done} of ${total}` : `${phase}, ${done}`
