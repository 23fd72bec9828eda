import type { ProviderKind } from "../model.ts"
import { anthropicSheets } from "./anthropic.ts"
import type { ModelFacts, Price } from "./facts.ts"
import { geminiSheets } from "./gemini.ts"
import { openModelSheets } from "./open-models.ts"
import { openaiSheets } from "./openai.ts"
import type { Entry, Sheet } from "./sheet.ts"

/** Facts of the catalogue, and where they come from; `source` is null where nothing is known. */
export interface CatalogueFacts extends ModelFacts {
  /** The day on which the catalogue's part of it was known (ISO), and the vendor's page. */
  readonly source: { readonly asOf: string; readonly page: string } | null
}

/** A user's own facts of a model: what is given wins over the catalogue. */
export interface FactsOverride {
  readonly contextTokens?: number | undefined
  readonly maxOutputTokens?: number | undefined
  readonly price?: Price | undefined
  readonly supports?: Partial<ModelFacts["supports"]> | undefined
}

export interface LookupOptions {
  /** By the model's own name at the provider, exactly as it is asked for. */
  readonly overrides?: Readonly<Record<string, FactsOverride>> | undefined
  /** The provider runs on one's own machine or network: nothing is paid, whatever the model. */
  readonly isLocal?: boolean | undefined
  /** For prices that are announced to change. */
  readonly nowMs: number
}

/** Sheets by the kind of provider; the first that knows a name counts. */
const sheets: Readonly<Record<ProviderKind, readonly Sheet[]>> = {
  openai: openaiSheets,
  anthropic: anthropicSheets,
  gemini: geminiSheets,
  // Others serve open models, or hand on to the three under names that say so ("anthropic/claude-...").
  "openai-chat": [...openModelSheets, ...openaiSheets, ...anthropicSheets, ...geminiSheets],
  ollama: openModelSheets,
  lmstudio: openModelSheets,
  "llama-cpp": openModelSheets,
}
const free: Price = { inputUsd: 0, outputUsd: 0, cachedInputUsd: 0, cacheWriteUsd: 0 }

/**
 * What is known of a model. A name is looked for as it is, then without what only dates it ("-2025-08-07", "-20250929",
 * "-001", "-latest"); open models by their family too ("qwen3:8b", "Qwen3-8B-Q4_K_M.gguf"). A hosted model is never
 * taken for another whose name it begins with: a wrong price is worse than none.
 */
export function lookup(kind: ProviderKind, model: string, options: LookupOptions): CatalogueFacts {
  const own = options.overrides?.[model]
  const found = search(kind, model)
  const entry = found?.entry
  const isHosted = kind === "openai-chat"
  const price = own?.price ?? (options.isLocal ? free : isHosted ? null : entry ? priceOf(entry, options.nowMs) : null)
  const ability = (letter: string) =>
    entry?.can?.includes(letter) ? true : entry?.cannot?.includes(letter) ? false : null
  return {
    contextTokens: own?.contextTokens ?? entry?.context ?? null,
    maxOutputTokens: own?.maxOutputTokens ?? entry?.output ?? null,
    price,
    supports: {
      tools: own?.supports?.tools ?? ability("t"),
      images: own?.supports?.images ?? ability("i"),
      reasoning: own?.supports?.reasoning ?? ability("r"),
      outputSchema: own?.supports?.outputSchema ?? ability("s"),
    },
    source: found ? { asOf: found.sheet.asOf, page: found.sheet.source } : null,
  }
}

interface Found {
  readonly sheet: Sheet
  readonly entry: Entry
}

function search(kind: ProviderKind, model: string): Found | undefined {
  for (const sheet of sheets[kind]) {
    for (const name of namesOf(model, sheet)) {
      const entry = Object.hasOwn(sheet.models, name) ? sheet.models[name] : undefined
      if (entry) return { sheet, entry }
    }
  }
  return undefined
}

/** The names under which a sheet may know a model, the most exact first. */
function* namesOf(model: string, sheet: Sheet): Iterable<string> {
  yield model
  const bare = model.slice(model.lastIndexOf("/") + 1)
  yield bare
  const undated = bare.replace(/@.*$/, "").replace(datedSuffix, "")
  yield undated
  if (openModelSheets.includes(sheet)) yield familyIn(sheet, undated.toLowerCase())
}

/** "-2025-08-07", "-20250929", "-001", "-latest", "-preview-06-17". */
const datedSuffix = /-(\d{4}-\d{2}-\d{2}|\d{8}|\d{3}|latest|preview-\d{2}-\d{2})$/

/** The longest family of the sheet with which the name begins, and then a tag or a size: "qwen3:8b", "qwen3-8b-q4". */
function familyIn(sheet: Sheet, name: string): string {
  if (variants.test(name)) return ""
  let best = ""
  for (const family of Object.keys(sheet.models)) {
    const isFamily = spellings(family).some(
      (spelling) =>
        name.startsWith(spelling) &&
        /^($|:|[-_](v\d|\d+(\.\d+)?b\b|\d+x\d+b\b|instruct))/.test(name.slice(spelling.length)),
    )
    if (isFamily && family.length > best.length) best = family
  }
  return best
}

/** Of a family by name, but with another context or other abilities. */
const variants = /vision|-vl\b|2507|embedding|cloud/

/** "llama3.1" is "llama-3.1" and "meta-llama-3.1" in the names of files. */
const spellings = (family: string): string[] => {
  const dashed = family.replace(/^([a-z]+)(\d)/, "$1-$2")
  return [family, dashed, `meta-${dashed}`]
}

function priceOf(entry: Entry, nowMs: number): Price | null {
  const { price, laterPrice } = entry
  return laterPrice && nowMs >= Date.parse(laterPrice.from) ? laterPrice.price : (price ?? null)
}
