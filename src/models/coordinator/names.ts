import { throwIfAborted } from "../../base/signal.ts"
import { didYouMean } from "../../base/suggest.ts"
import { lookup } from "../catalogue/lookup.ts"
import { ModelError } from "../errors.ts"
import type { ListedModel } from "../provider.ts"
import type { ConfiguredProvider } from "./configured.ts"

/** A model at a provider, by the provider's own name. */
export interface Place {
  readonly provider: ConfiguredProvider
  readonly model: string
}

export interface NameBook {
  readonly providers: readonly ConfiguredProvider[]
  readonly aliases: Readonly<Record<string, string>>
  /** What the provider listed the last time, if ever. */
  listed(provider: string): readonly ListedModel[] | undefined
  /** Asks the provider where it has not been asked lately. Throws ModelError. */
  list(provider: string, signal: AbortSignal): Promise<readonly ListedModel[]>
}

/** An alias of an alias is fine; a ring of them ends here. */
const mostSteps = 8

/**
 * What a name means: "" the first provider's model, an alias what it stands for, "provider/model" that one, a provider's
 * name its own model, and a bare name the one provider that has a model of it. Throws ModelError NO_MODEL without any
 * provider, and MODEL_UNKNOWN with what was probably meant.
 */
export async function placeOf(name: string, book: NameBook, signal: AbortSignal): Promise<Place> {
  const { providers } = book
  const first = providers[0]
  if (!first) throw noModel()
  const wanted = unaliased(name, book)
  if (wanted === "") return { provider: first, model: await ownModel(first, book, signal) }
  const slash = wanted.indexOf("/")
  const head = slash < 0 ? wanted : wanted.slice(0, slash)
  const named = providers.find((one) => one.name === head)
  if (named && slash < 0) return { provider: named, model: await ownModel(named, book, signal) }
  if (named && slash < wanted.length - 1) return { provider: named, model: wanted.slice(slash + 1) }
  // With one provider there is nothing to choose: it knows its models best.
  if (providers.length === 1) return { provider: first, model: wanted }
  return bare(wanted, book, signal)
}

async function bare(model: string, book: NameBook, signal: AbortSignal): Promise<Place> {
  const { providers } = book
  const isListed = (one: ConfiguredProvider) => book.listed(one.name)?.some(({ id }) => id === model) ?? false
  let having = providers.filter((one) => isListed(one) || knows(one, model))
  if (having.length === 0) {
    // Nobody is known to have it: ask those that have not said lately. One that does not answer has it not.
    await Promise.allSettled(providers.map((one) => book.list(one.name, signal)))
    throwIfAborted(signal)
    having = providers.filter(isListed)
  }
  const [found, ...others] = having
  if (!found) throw unknownModel(model, book)
  if (others.length === 0) return { provider: found, model }
  throw new ModelError({
    fault: "MODEL_UNKNOWN",
    message: `"${model}" is a model of ${having.map((one) => one.name).join(" and ")}.`,
    hint: `Say which: ${having.map((one) => `${one.name}/${model}`).join(" or ")}.`,
    model,
  })
}

/** The model set for a provider, else the vendor's of the catalogue, else the first for chat that it lists. */
async function ownModel(provider: ConfiguredProvider, book: NameBook, signal: AbortSignal): Promise<string> {
  if (provider.model.value !== null) return provider.model.value
  if (provider.options.file !== undefined) return provider.options.file
  const models = await book.list(provider.name, signal)
  const first = models.find(({ kind }) => kind === "chat") ?? models[0]
  if (first) return first.id
  throw new ModelError({
    fault: "NO_MODEL",
    message: `${provider.name} has no model yet.`,
    hint: `Load one there, or name one: duck llm set-model ${provider.name} <model>.`,
    provider: provider.name,
  })
}

/** The provider's own model, or one that the catalogue knows at its vendor. */
const knows = ({ kind, model, isLocal }: ConfiguredProvider, name: string): boolean =>
  model.value === name || (!isLocal && kind !== "openai-chat" && lookup(kind, name, { nowMs: 0 }).source !== null)

/** What the settings stand for, aliases followed. */
function unaliased(name: string, { aliases }: NameBook): string {
  let at = name
  for (let step = 0; Object.hasOwn(aliases, at); step++) {
    if (step >= mostSteps) {
      throw new ModelError({
        fault: "MODEL_UNKNOWN",
        message: `The alias "${name}" leads in a ring.`,
        hint: "Mend llm.aliases: `duck config get llm.aliases`.",
        model: name,
      })
    }
    at = aliases[at] ?? ""
  }
  return at
}

function unknownModel(model: string, book: NameBook): ModelError {
  const listed = book.providers.flatMap(({ name, model: own }) => [
    name,
    ...(own.value === null ? [] : [own.value, `${name}/${own.value}`]),
    ...(book.listed(name) ?? []).flatMap(({ id }) => [id, `${name}/${id}`]),
  ])
  const near = didYouMean(model, [...new Set([...Object.keys(book.aliases), ...listed])])
  return new ModelError({
    fault: "MODEL_UNKNOWN",
    message: `No provider here has a model "${model}".`,
    hint: `${near ? `${near} ` : ""}\`duck llm list-models\` shows all; a model that is not listed is asked for as provider/model.`,
    model,
  })
}

export const noModel = () =>
  new ModelError({
    fault: "NO_MODEL",
    message: "No model is configured.",
    hint: "`duck llm connect <provider>` connects one (`duck llm connect --help`); or set OPENAI_API_KEY, ANTHROPIC_API_KEY, OLLAMA_HOST or the like before the server starts.",
  })
