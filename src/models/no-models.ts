import type { Model } from "./model.ts"
import type { Models } from "./models.ts"

/** The model layer of a process that has none: it knows of no model, and whatever is asked of it is refused. */
export function noModels(refuse: () => never): Models {
  // biome-ignore lint/correctness/useYield: there is never anything to give
  const call: Model = async function* () {
    refuse()
  }
  return {
    call,
    only: call,
    embed: async () => refuse(),
    countTokens: async () => refuse(),
    hasModel: () => false,
    list: async () => refuse(),
    status: async () => refuse(),
    usage: async () => refuse(),
    prefer: async () => refuse(),
    probe: async () => refuse(),
    close: async () => {},
  }
}
