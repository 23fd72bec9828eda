import { z } from "zod"
import { InvalidInputError } from "../base/errors.ts"
import type { PackedContext } from "../context/context.ts"
import { modelFamilies, plainStyle } from "../context/prompts/family.ts"
import type { Filling } from "../context/prompts/render.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { literal } from "./document.ts"
import { engineTools } from "./engine-tools.ts"
import { indexingTimeoutMs } from "./indexed.ts"
import { entryNamed, PromptName, promptLibrary } from "./prompt/chosen.ts"
import { messageBlocks, ShownMessage, shownMessages, tokensOf } from "./prompt/messages.ts"
import { styleFor } from "./prompt/prompts-of.ts"

export const promptRender = defineCommand({
  name: "prompt.render",
  summary: "Show the very messages that a model would get, and their tokens",
  description:
    "With --task the rules that hold and the context of this project go in, as an engine would gather them. A variable that " +
    "is not given is shown as ‹its name›. No model is asked.",
  examples: [
    { line: "duck prompt render explain/code --var target=openFabric", says: "with a variable; ‹others› by name" },
    { line: 'duck prompt render explain/code --task "how does recovery work"', says: "with the real context" },
    { line: "duck prompt render explain/code --family anthropic", says: "as Claude would get it" },
  ],
  input: z.object({
    prompt: PromptName,
    var: z
      .array(z.string().regex(/^[\w-]+=/, "name=value"))
      .default([])
      .describe("A variable, as name=value; JSON where it is no text. May be given several times"),
    task: z.string().trim().min(1).max(10_000).optional().describe("Gather context and rules for this task"),
    file: z.array(z.string()).default([]).describe("A file that the task is about; may be given several times"),
    symbol: z.array(z.string()).default([]).describe("A name that it is about; may be given several times"),
    budget: z.int().min(100).max(1_000_000).default(24_000).describe("Most tokens of context"),
    model: z.string().max(300).optional().describe("As for this model"),
    family: z.enum(modelFamilies).optional().describe("As for models of this family"),
  }),
  output: z.object({
    prompt: z.string(),
    version: z.string(),
    source: z.string(),
    family: z.enum(modelFamilies),
    messages: z.array(ShownMessage),
    /** As the model counts them, or an estimate where that is not known. */
    tokens: z.int(),
  }),
  positionals: ["prompt"],
  permission: "read",
  timeoutMs: indexingTimeoutMs,
  async run({ prompt, var: given, task, file, symbol, budget, model, family }, context) {
    if (model !== undefined && family !== undefined)
      throw new InvalidInputError({ message: "--model and --family don't go together." })
    const { library, root } = await promptLibrary(context)
    const style = family ? { ...plainStyle, family } : await styleFor(model ?? "", context, root)
    const template = (await entryNamed(library, prompt, { family: style.family })).template()
    const types = new Map(Object.entries(template.variables).map(([name, { type }]) => [name, type]))
    const set = Object.fromEntries(given.map((one) => variableOf(one, types)))
    const unset = Object.entries(template.variables).filter(([name, { optional }]) => !optional && !(name in set))
    const variables = { ...Object.fromEntries(unset.map(([name, { type }]) => [name, standIn(name, type)])), ...set }
    if (task === undefined && (file.length > 0 || symbol.length > 0))
      throw new InvalidInputError({ message: "--file and --symbol need a --task that they are about." })
    const gathered =
      task === undefined ? nothing : await gather({ task, file, symbol, budget, engine: template.engine }, context)
    const { render } = await import("../context/prompts/render.ts")
    const messages = render(template, { ...gathered, variables }, style)
    return {
      ...{ prompt, version: template.version, source: template.source, family: style.family },
      messages: shownMessages(messages),
      tokens: await tokensOf(messages, model ?? "", context),
    }
  },
  present: ({ prompt, version, source, family, messages, tokens }) => [
    ...messageBlocks(messages),
    {
      kind: "paragraph",
      text: literal(`${prompt} ${version} (${source}) for ${family} models: ${tokens} tokens.`),
      tone: "quiet",
    },
  ],
})

const empty: PackedContext = { items: [], left: [], tokens: 0, budgetTokens: 0, sources: [], tookMs: 0 }
const nothing: Omit<Filling, "variables"> = { context: empty, rules: [] }
const withinMs = 5_000

/** Rules and context as an engine gathers them. */
async function gather(
  wish: Readonly<Record<"file" | "symbol", readonly string[]>> & {
    readonly task: string
    readonly budget: number
    readonly engine: string
  },
  context: CommandContext,
): Promise<Omit<Filling, "variables">> {
  const { task, file, symbol, budget, engine } = wish
  const tools = await engineTools(context, { command: "prompt.render" })
  const need = { task, engine, paths: file, symbols: symbol, user: context.actor.id }
  const { rules, chunking } = await tools.rulesFor(need)
  const options = { budgetTokens: budget, withinMs, signal: context.signal }
  return { rules, context: await tools.gather({ ...need, chunking }, options) }
}

/** What is shown for a variable that was not given. */
function standIn(name: string, type: string | undefined): unknown {
  if (type === "boolean") return false
  if (type === "number" || type === "integer") return 0
  return type === "array" ? [] : type === "object" ? {} : `‹${name}›`
}

function variableOf(given: string, types: ReadonlyMap<string, string | undefined>): [string, unknown] {
  const at = given.indexOf("=")
  const name = given.slice(0, at)
  const text = given.slice(at + 1)
  const type = types.get(name)
  if (type === undefined || type === "string") return [name, text]
  try {
    return [name, JSON.parse(text)]
  } catch (cause) {
    throw new InvalidInputError({
      message: `The variable ${name} is of type ${type}, and ${JSON.stringify(text)} is no JSON.`,
      hint: `--var '${name}=[1, 2]'`,
      cause,
    })
  }
}
