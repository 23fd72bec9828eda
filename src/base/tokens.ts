/** Rough number of tokens of `text`. */
export function estimateTokens(text: string): number {
  return Math.ceil(tokenUnits(text, 0, text.length))
}

/** Estimated tokens up to the start of each line and, last, of the whole: the tokens of lines a to b are `sums[b] - sums[a - 1]`. */
export function tokenSums(text: string, starts: readonly number[]): Float64Array {
  const sums = new Float64Array(starts.length + 1)
  for (let line = 0; line < starts.length; line++) {
    sums[line + 1] = (sums[line] ?? 0) + tokenUnits(text, starts[line] ?? 0, starts[line + 1] ?? text.length)
  }
  return sums
}

function tokenUnits(_text: string, start: number, end: number): number {
  return (end - start) / 3.5
}
