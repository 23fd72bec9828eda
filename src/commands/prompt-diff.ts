import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import { modelFamilies } from "../context/prompts/family.ts"
import { promptLayers } from "../context/prompts/files.ts"
import { defineCommand } from "./command.ts"
import { literal } from "./document.ts"
import { entryNamed, PromptName, promptLibrary } from "./prompt/chosen.ts"

export const promptDiff = defineCommand({
  name: "prompt.diff",
  summary: "Show how a prompt differs from what it stands in place of, or from another",
  examples: [
    { line: "duck prompt diff explain/code", says: "yours against the built in" },
    { line: "duck prompt diff explain/code explain/code@short", says: "two variants" },
    { line: "duck prompt diff explain/code --layer project", says: "what a project would put in its place" },
  ],
  input: z.object({
    prompt: PromptName,
    other: z.string().trim().min(1).optional().describe("Another prompt or variant; without it what is overridden"),
    layer: z.enum(promptLayers).optional().describe("The first one is that of this place, trusted or not"),
    family: z.enum(modelFamilies).optional().describe("Those for models of this family"),
  }),
  output: z.object({ from: z.string(), to: z.string(), diff: z.string(), isSame: z.boolean() }),
  positionals: ["prompt", "other"],
  permission: "read",
  async run({ prompt, other, layer, family }, context) {
    const { library } = await promptLibrary(context)
    const { unifiedDiff } = await import("../workspace/edit/unified.ts")
    const first = await entryNamed(library, prompt, { family, layer })
    if (other !== undefined) {
      const second = await entryNamed(library, other, { family })
      return shapeOf(first, second, unifiedDiff(first.text, second.text, { from: first.shown, to: second.shown }))
    }
    const below = promptLayers.slice(promptLayers.indexOf(first.layer) + 1)
    const under = library.entries
      .filter((one) => one.name === first.name && one.variant === first.variant && below.includes(one.layer))
      .filter((one) => [undefined, first.family].includes(one.family))
      .sort((a, b) => below.indexOf(a.layer) - below.indexOf(b.layer) || Number(!a.family) - Number(!b.family))[0]
    if (!under) {
      throw new InvalidInputError({
        message: `${prompt} (${first.source}) stands in place of nothing.`,
        hint: "Name a second prompt: `duck prompt list --all` names them.",
      })
    }
    return shapeOf(under, first, unifiedDiff(under.text, first.text, { from: under.shown, to: first.shown }))
  },
  present: ({ from, to, diff, isSame }) =>
    isSame
      ? [{ kind: "paragraph", text: literal(`${from} and ${to} say the same.`) }]
      : [{ kind: "quote", path: to, startLine: 1, endLine: diff.split("\n").length, text: diff, language: "diff" }],
  exitCode: ({ isSame }) => (isSame ? 0 : 1),
})

const shapeOf = (from: { readonly shown: string }, to: { readonly shown: string }, diff: string) => ({
  ...{ from: from.shown, to: to.shown, diff, isSame: diff === "" },
})
