/**
 * For work on the thread that also answers: call it often, and await what it gives. It gives a promise only when `mostMs`
 * have passed since others last had their turn.
 */
export function breather(mostMs = 2): () => Promise<void> | undefined {
  let sinceMs = performance.now()
  return () => {
    if (performance.now() - sinceMs < mostMs) return undefined
    return new Promise((resolve) =>
      setImmediate(() => {
        sinceMs = performance.now()
        resolve()
      }),
    )
  }
}
