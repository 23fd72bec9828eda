import { z } from "zod"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import { type Block, literal } from "./document.ts"
import { PromptRow, promptLibrary, rowOf } from "./prompt/chosen.ts"

export const promptList = defineCommand({
  name: "prompt.list",
  summary: "List the prompts that engines use, and what stands in place of them",
  description:
    "A file in .duck/prompts of a project, once it is trusted, goes before one in your settings folder, and that before " +
    "what is built in. Of one place the version for the model's family is taken.",
  examples: [
    { line: "duck prompt list", says: "those in force, with where they come from" },
    { line: "duck prompt list --all", says: "also those that others stand in place of" },
    { line: "duck prompt list explain", says: "those of one engine" },
  ],
  input: z.object({
    about: z.string().default("").describe("Only prompts whose name begins so"),
    all: z.boolean().default(false).describe("Also those that are overridden"),
  }),
  output: z.object({ prompts: z.array(PromptRow), broken: z.int(), waiting: z.int() }),
  positionals: ["about"],
  shorts: { all: "a" },
  permission: "read",
  async run({ about, all }, context) {
    const { library } = await promptLibrary(context)
    const rows = library.entries
      .filter(({ name }) => name.startsWith(about))
      .map((entry) => rowOf(entry, library))
      .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.variant < b.variant ? -1 : 1))
    return {
      prompts: rows.filter(({ state }) => all || state !== "overridden"),
      broken: rows.filter(({ state }) => state === "broken").length,
      waiting: rows.filter(({ state }) => state === "waits for trust").length,
    }
  },
  present: ({ prompts, broken, waiting }) => [
    ...(prompts.length === 0
      ? [{ kind: "paragraph", text: "There is none." } as const]
      : [
          {
            kind: "table",
            columns: [{ title: "prompt" }, { title: "for" }, { title: "version" }, { title: "from" }, { title: "" }],
            rows: prompts.map(({ name, variant, family, version, source, state, description, problem }) => [
              literal(variant === "" ? name : `${name}@${variant}`),
              family ?? "all",
              version ?? "",
              literal(source),
              literal(state === "in force" ? description : `${state}${problem ? `: ${problem}` : ""}`),
            ]),
          } satisfies Block,
        ]),
    ...(waiting === 0
      ? []
      : [
          {
            kind: "paragraph",
            text: `${count(waiting, "prompt")} of this project would stand in place of others: \`duck trust\` shows and takes them.`,
            tone: "warning",
          } satisfies Block,
        ]),
    ...(broken === 0
      ? []
      : [{ kind: "paragraph", text: `${count(broken, "template")} can't be used.`, tone: "bad" } satisfies Block]),
  ],
  exitCode: ({ broken }) => (broken > 0 ? 1 : 0),
})
