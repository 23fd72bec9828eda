import { z } from "zod"
import { modelFamilies } from "../context/prompts/family.ts"
import { promptLayers } from "../context/prompts/files.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { entryNamed, PromptName, PromptRow, promptLibrary, rowOf } from "./prompt/chosen.ts"

export const promptShow = defineCommand({
  name: "prompt.show",
  summary: "Show a prompt's template, its variables and what it stands in place of",
  examples: [
    { line: "duck prompt show explain/code", says: "the one in force" },
    { line: 'duck prompt show explain/code --layer "built in"', says: "the one that RubberDuck brings" },
    { line: "duck prompt show explain/code --family anthropic", says: "as Claude gets it" },
  ],
  input: z.object({
    prompt: PromptName,
    layer: z.enum(promptLayers).optional().describe("That of one place"),
    family: z.enum(modelFamilies).optional().describe("That for models of this family"),
  }),
  output: PromptRow.extend({
    engine: z.string(),
    role: z.string().nullable(),
    variables: z.array(
      z.object({ name: z.string(), type: z.string(), isOptional: z.boolean(), description: z.string() }),
    ),
    text: z.string(),
    /** Where the ones are that it stands in place of. */
    overrides: z.array(z.string()),
  }),
  positionals: ["prompt"],
  permission: "read",
  async run({ prompt, layer, family }, context) {
    const { library } = await promptLibrary(context)
    const entry = await entryNamed(library, prompt, { family, layer })
    const { engine, role = null, variables } = entry.template()
    const below = promptLayers.slice(promptLayers.indexOf(entry.layer) + 1)
    return {
      ...rowOf(library.entries.find(({ path }) => path === entry.path) ?? entry, library),
      ...{ engine, role, text: entry.text },
      variables: Object.entries(variables).map(([name, { type = "any", optional, description = "" }]) => ({
        ...{ name, type, isOptional: optional, description },
      })),
      overrides: library.entries
        .filter((one) => one.name === entry.name && one.variant === entry.variant && below.includes(one.layer))
        .map(({ source }) => source),
    }
  },
  present: ({ name, variant, family, version, source, state, description, variables, text, overrides }) => [
    { kind: "heading", text: literal(variant === "" ? name : `${name}@${variant}`) },
    { kind: "paragraph", text: literal(description) },
    {
      kind: "fields",
      entries: [
        ["version", version ?? ""],
        ["from", literal(`${source} (${state})`)],
        ["for", family ?? "all models"],
        ...(overrides.length === 0 ? [] : ([["in place of", literal(overrides.join(", "))]] as const)),
      ],
    },
    ...(variables.length === 0
      ? []
      : [
          {
            kind: "table",
            columns: [{ title: "variable" }, { title: "type" }, { title: "" }],
            rows: variables.map(({ name: variable, type, isOptional, description: says }) => [
              literal(variable),
              isOptional ? `${type}, may be missing` : type,
              literal(says),
            ]),
          } as const,
        ]),
    { kind: "quote", path: source, startLine: 1, endLine: text.split("\n").length, text, language: "markdown" },
  ],
})
