import { z } from "zod"
import { changeConfig } from "../access/config-write.ts"
import { InvalidInputError } from "../base/errors.ts"
import { count } from "../base/text.ts"
import { defineCommand } from "./command.ts"
import type { CommandContext } from "./context.ts"
import { type Block, literal } from "./document.ts"
import { unknownProvider, userFile } from "./llm/provider-setting.ts"

export const llmSetEmbeddings = defineCommand({
  name: "llm.set-embeddings",
  summary: "Choose the model for search by meaning, or none",
  description:
    "The code of the projects that you work on is sent to this model, passage by passage and with secrets masked, and so are " +
    "the words that you search for. Nothing is sent before you choose. A model of Ollama, LM Studio or another server of " +
    "yours keeps all of it on your machine. Without a model named, the command says which ones there are.",
  examples: [
    { line: "duck llm set-embeddings ollama/nomic-embed-text", says: "a model on this machine" },
    { line: "duck llm set-embeddings openai/text-embedding-3-small", says: "a vendor's: code leaves the machine" },
    { line: "duck llm set-embeddings --unset", says: "no search by meaning any more" },
  ],
  input: z.object({
    model: z.string().min(1).max(300).optional().describe("The model, as provider/model"),
    unset: z.boolean().default(false).describe("Take the choice back"),
    check: z.boolean().default(true).describe("Try the model first, with one line that is not yours"),
    dryRun: z.boolean().default(false).describe("Show what would change, and change nothing"),
  }),
  output: z.object({
    model: z.string().nullable(),
    path: z.string(),
    isDryRun: z.boolean(),
    /** Whether code stays on this machine or network; null without a model. */
    isLocal: z.boolean().nullable(),
    /** Components of a vector; null where it was not tried. */
    dimensions: z.int().nullable(),
    /** Open projects that are embedded from now on. */
    projects: z.array(z.string()),
    /** What holds now, when another place wins over the file. */
    overriddenBy: z.string().nullable(),
  }),
  positionals: ["model"],
  permission: "admin",
  timeoutMs: 300_000,
  async run({ model, unset, check, dryRun }, context) {
    const { host, actor, signal } = context
    if (unset && model !== undefined) throw new InvalidInputError({ message: "A model and --unset don't go together." })
    if (!unset && model === undefined) throw await noneNamed(context)
    const isLocal = model === undefined ? null : await isLocalAt(model, context)
    let dimensions: number | null = null
    if (model !== undefined && check) {
      context.progress({ phase: "check", message: `Asking ${model}` })
      const texts = ["export const add = (a: number, b: number) => a + b"]
      const attribution = { user: actor.id, command: "llm.set-embeddings" }
      dimensions = (await host.models.embed({ model, texts, attribution }, signal)).vectors[0]?.length ?? null
    }
    const path = userFile(host)
    await changeConfig({ path, source: "user", key: "llm.embeddings", value: model, isDryRun: dryRun })
    const holds = context.config().entries.find(({ key }) => key === "llm.embeddings")
    const isOverridden = !dryRun && holds !== undefined && holds.source !== (unset ? "default" : "user")
    const projects = dryRun ? [] : host.projects.list()
    for (const { index } of projects) index.embed()
    return {
      model: model ?? null,
      path,
      isDryRun: dryRun,
      isLocal,
      dimensions,
      projects: projects.filter(({ index }) => index.meaning() !== null).map(({ root }) => root),
      overriddenBy: isOverridden ? `${holds.source} ${holds.where}`.trim() : null,
    }
  },
  present: ({ model, path, isDryRun, isLocal, dimensions, projects, overriddenBy }) => [
    {
      kind: "paragraph",
      text:
        model === null
          ? `${isDryRun ? "Would take" : "Took"} the choice out of ${literal(path)}: ${isDryRun ? "nothing would be" : "nothing is"} sent any more. Vectors that are there stay for the next time.`
          : `${isDryRun ? "Would search" : "From now on projects are searched"} by meaning with **${literal(model)}**${dimensions === null ? "" : ` (${dimensions} dimensions)`} (${literal(path)}).`,
    },
    ...(isLocal === null ? [] : [placeBlock(isLocal)]),
    ...(projects.length > 0
      ? [
          {
            kind: "paragraph",
            text: `${count(projects.length, "open project")} embedded in the background: \`duck index status\`.`,
            tone: "quiet",
          } as const,
        ]
      : []),
    ...(overriddenBy === null
      ? []
      : [
          {
            kind: "paragraph",
            text: `What holds here is another value, from ${literal(overriddenBy)}.`,
            tone: "warning",
          } as const,
        ]),
  ],
})

const placeBlock = (isLocal: boolean): Block =>
  isLocal
    ? { kind: "paragraph", text: "It runs on this machine or network: no code leaves it.", tone: "quiet" }
    : {
        kind: "paragraph",
        text: "Code of your projects and the words of searches are sent to this provider, with secrets masked. `duck config set search.byMeaning false --scope project` keeps a project out.",
        tone: "warning",
      }

async function isLocalAt(model: string, { host }: CommandContext): Promise<boolean> {
  const { providers } = await host.models.status()
  const name = model.slice(0, Math.max(0, model.indexOf("/")))
  const found = providers.find((one) => one.name === name)
  if (found && model.length > name.length + 1) return found.isLocal
  if (name === "") throw notInFull(model)
  throw unknownProvider(
    name,
    providers.map((one) => one.name),
  )
}

const notInFull = (model: string) =>
  new InvalidInputError({
    message: `"${model}" does not say whose model it is.`,
    hint: "Name it as provider/model, such as ollama/nomic-embed-text: code goes where this says.",
  })

async function noneNamed({ host, signal }: CommandContext): Promise<InvalidInputError> {
  const [{ providers }, listings] = await Promise.all([host.models.status(), host.models.list({ signal })])
  const isLocal = (name: string) => providers.find((one) => one.name === name)?.isLocal ?? false
  const there = listings
    .toSorted((a, b) => Number(isLocal(b.provider)) - Number(isLocal(a.provider)))
    .flatMap(({ provider, models }) =>
      models
        .filter(({ kind }) => kind === "embedding")
        .map(({ id }) => `${provider}/${id}${isLocal(provider) ? " (local)" : ""}`),
    )
  return new InvalidInputError({
    message: "Name a model for search by meaning, or give --unset to take the choice back.",
    hint:
      there.length > 0
        ? `Your providers list: ${there.slice(0, 12).join(", ")}.`
        : "Your providers list none. On this machine: `ollama pull nomic-embed-text`, then `duck llm connect ollama`.",
  })
}
