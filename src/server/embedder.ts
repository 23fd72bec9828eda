import type { ConfigReader } from "../access/config-reader.ts"
import type { Clock } from "../base/clock.ts"
import { asDuckError, UnavailableError } from "../base/errors.ts"
import { withTimeout } from "../base/signal.ts"
import { estimateTokens } from "../base/tokens.ts"
import type { Embedder } from "../code/search/embedder.ts"
import type { Models } from "../models/models.ts"
import type { Logger } from "../observe/log.ts"

interface EmbedderOptions {
  readonly config: ConfigReader
  readonly models: Pick<Models, "embed" | "status">
  /** Whose budgets and limits hold: vectors are made for whoever asks next. */
  readonly user: string
  readonly clock: Clock
  readonly logger: Logger
}

/** A model on a slow machine takes its time for a batch; a question is not waited for this long, only remembered. */
const timeoutsMs = { document: 180_000, query: 30_000 } as const
/** Of a model's context: its own tokens are smaller than our estimate's, above all in code. */
const shareOfContext = 0.6

/**
 * The model that the settings choose for search by meaning, for each project; nothing of the model layer is loaded before
 * a text goes to it. A project's settings can refuse it and nothing more: what leaves the machine is the user's to say.
 */
export function embedderOf(options: EmbedderOptions): (root: string) => Embedder | undefined {
  const { config } = options
  const made = new Map<string, Embedder>()
  return (root) => {
    const model = config.load().values["llm.embeddings"]
    const isOn = config.load().values["search.byMeaning"] && config.load(root).values["search.byMeaning"]
    if (model === "" || !isOn) return undefined
    const known = made.get(root)
    if (known?.id === model) return known
    const fresh = embedder(root, model, options)
    made.set(root, fresh)
    return fresh
  }
}

function embedder(root: string, id: string, { config, models, user, clock, logger }: EmbedderOptions): Embedder {
  const provider = id.slice(0, id.indexOf("/"))
  const opened = once(async () => {
    const [{ embeddingPrompts }, { contextTokensOf }] = await Promise.all([
      import("../models/catalogue/embedding-prompts.ts"),
      import("./context-tokens.ts"),
    ])
    const context = await contextTokensOf({ models, config, clock })(id)
    return { prompts: embeddingPrompts(id), mostTokens: (context ?? Number.POSITIVE_INFINITY) * shareOfContext }
  })
  /** Learned from a model that says less of itself than it does of texts. */
  let learnedTokens = Number.POSITIVE_INFINITY

  return {
    id,
    async embed(texts, kind, signal) {
      const { providers } = await models.status(root)
      // A bare name would go to the only provider that is left: not the one that the user chose to show code to.
      if (!providers.some(({ name }) => name === provider)) throw notConnected(provider, id)
      const [{ prompts, mostTokens }, mask] = await Promise.all([opened(), maskOf(root, logger)])
      const sent = texts.map((text) => prompts[kind] + cut(mask(text), Math.min(mostTokens, learnedTokens)))
      const attribution = { user, project: root, command: kind === "query" ? "search" : "index" }
      try {
        const { vectors } = await withTimeout(`The embedding model ${id}`, timeoutsMs[kind], signal, (within) =>
          models.embed({ model: id, texts: sent, attribution }, within),
        )
        return vectors
      } catch (thrown) {
        const [only, ...others] = sent
        if (only !== undefined && others.length === 0 && asDuckError(thrown).code === "CONTEXT_TOO_LONG")
          learnedTokens = Math.max(32, estimateTokens(only) >> 1)
        throw thrown
      }
    },
  }
}

/** Masks as prompts are masked. The project's `.env` files are read each time: what stands there may be new. */
async function maskOf(root: string, logger: Logger): Promise<(text: string) => string> {
  const [{ openWorkspace }, { maskerOf }] = await Promise.all([
    import("../workspace/workspace.ts"),
    import("../workspace/secrets/project-masker.ts"),
  ])
  return (await maskerOf(await openWorkspace({ root, audit: () => {} }), logger)).mask
}

/** The beginning of a text with about so many tokens. */
function cut(text: string, tokens: number): string {
  const has = estimateTokens(text)
  return (has <= tokens ? text : text.slice(0, Math.floor((text.length * tokens) / has))).toWellFormed()
}

function notConnected(provider: string, id: string): UnavailableError {
  return new UnavailableError({
    code: "NO_MODEL",
    message: `The provider of the embedding model ${id} is not connected.`,
    hint: `\`duck llm connect ${provider}\`, or choose another one: duck llm set-embeddings.`,
  })
}

/** What `make` gave the first time; a failure is tried again. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error) => {
      made = undefined
      throw error
    })
    return made
  }
}
