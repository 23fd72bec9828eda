import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { madeWithoutModel } from "./code-blocks.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { indexingTimeoutMs, indexOf } from "./indexed.ts"
import { workspaceOf } from "./workspace-of.ts"

const Share = z.object({ value: z.string(), files: z.int(), examples: z.array(z.string()) })

export const conventions = defineCommand({
  name: "conventions",
  summary: "Show how the code here is written, measured by its files",
  description:
    "Names and places of files, imports, exports, quotes, indentation, errors, doc comments and tests: each file has one " +
    "vote on each. `duck generate` keeps to what most files do.",
  examples: [
    { line: "duck conventions", says: "of the whole project, in its main language" },
    { line: "duck conventions src/api", says: "of a folder" },
    { line: "duck conventions --language python", says: "of another language" },
  ],
  input: z.object({
    path: z.string().max(4_096).default("").describe("A folder, relative to the project's root"),
    language: z.string().max(50).optional().describe("Of files in this language; default: that of most files"),
  }),
  output: z.object({
    under: z.string(),
    language: z.string(),
    files: z.int(),
    filesRead: z.int(),
    conventions: z.array(z.object({ topic: z.string(), files: z.int(), shares: z.array(Share) })),
  }),
  positionals: ["path"],
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ path, language }, context) {
    const [index, workspace, { conventionsOf }] = await Promise.all([
      indexOf(context),
      workspaceOf(context),
      import("../code/conventions/conventions.ts"),
    ])
    const facts = await workspace.stat(path === "" ? "." : path)
    if (facts.kind !== "folder") {
      throw new InvalidInputError({
        message: `${path} is no folder.`,
        hint: "Conventions are those of many files: name a folder, or nothing for the project.",
      })
    }
    const under = facts.path === "." ? "" : facts.path
    const found = await conventionsOf(index, { under, language, signal: context.signal })
    const shown = found.conventions.map(({ topic, files, shares }) => ({
      topic,
      files,
      shares: shares.map((share) => ({ ...share, examples: [...share.examples] })),
    }))
    return { ...found, conventions: shown }
  },
  exitCode: ({ files }) => (files === 0 ? 1 : 0),
  present({ under, language, files, filesRead, conventions }) {
    const where = under === "" ? "this project" : under
    if (files === 0) return [{ kind: "paragraph", text: `There is no code in ${literal(where)} to learn from.` }]
    const read = filesRead < files ? `; ${filesRead} of them were read` : ""
    return [
      { kind: "paragraph", text: `${count(files, "file")} of ${language} in ${literal(where)}${read}.` },
      {
        kind: "table",
        columns: [{ title: "" }, { title: "mostly" }, { title: "share" }, { title: "for example" }, { title: "else" }],
        rows: conventions.map(({ topic, files, shares: [first, ...others] }) => [
          topic,
          literal(first?.value ?? ""),
          `${Math.round(((first?.files ?? 0) / files) * 100)} % of ${files}`,
          literal(first?.examples[0] ?? ""),
          literal(
            others
              .slice(0, 3)
              .map(({ value, files }) => `${value} (${files})`)
              .join(", "),
          ),
        ]),
      },
      { kind: "paragraph", text: `${madeWithoutModel.replace(/[ :,]+$/, "")}.`, tone: "quiet" },
    ]
  },
})
