import type { Models } from "./models.ts"

/** The model layer of a process that has none: it knows of no model, and whatever is asked of it is refused. */
export function noModels(refuse: () => never): Models {
  return {
    // biome-ignore lint/correctness/useYield: there is never anything to give
    async *call() {
      refuse()
    },
    embed: async () => refuse(),
    hasModel: () => false,
    list: async () => refuse(),
    status: async () => refuse(),
    usage: async () => refuse(),
    prefer: async () => refuse(),
    probe: async () => refuse(),
    close: async () => {},
  }
}
