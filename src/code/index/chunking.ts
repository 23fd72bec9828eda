/**
 * How files are cut for the index: finer than for a prompt. Every method of a class that is more than a few lines is a
 * document of its own, with its own name, so that a search can point at it.
 */
export const indexChunking = { strategy: "hybrid", maxTokens: 800, maxContainerTokens: 24, minTokens: 25 } as const
