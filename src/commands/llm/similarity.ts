/**
 * How much two texts say the same in the same words: Sørensen and Dice's coefficient of their pairs of words, 0 to 1.
 * Two texts without any word are the same.
 */
export function similarity(a: string, b: string): number {
  const left = pairsOf(a)
  const right = pairsOf(b)
  if (left.total + right.total === 0) return 1
  let shared = 0
  for (const [pair, times] of left.counts) shared += Math.min(times, right.counts.get(pair) ?? 0)
  return (2 * shared) / (left.total + right.total)
}

function pairsOf(text: string): { counts: ReadonlyMap<string, number>; total: number } {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []
  const counts = new Map<string, number>()
  // The first word is a pair with the beginning: a text of one word has a pair too.
  words.forEach((word, at) => {
    const pair = `${words[at - 1] ?? ""} ${word}`
    counts.set(pair, (counts.get(pair) ?? 0) + 1)
  })
  return { counts, total: words.length }
}
