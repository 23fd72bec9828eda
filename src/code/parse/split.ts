/** How deep a line's beginning lies: 0 is the best place to begin a new piece; infinity is none. */
export type LineBreaks = (line: number) => number

/**
 * First lines of the pieces into which lines `startLine` to `endLine` are split so that each has at most `maxTokens`
 * where its lines allow it. Of the lines at which a piece could end well (filled to two fifths) the shallowest is
 * taken, and of several the last.
 */
export function splitLines(
  startLine: number,
  endLine: number,
  maxTokens: number,
  tokens: (startLine: number, endLine: number) => number,
  breaks: LineBreaks,
): number[] {
  const firsts = [startLine]
  let from = startLine
  for (;;) {
    const rest = tokens(from, endLine)
    if (rest <= maxTokens) return firsts
    // Two even pieces rather than a full one and a crumb.
    const limit = rest < maxTokens * 1.5 ? Math.min(maxTokens, rest * 0.65) : maxTokens
    let best = -1
    let bestDepth = Number.POSITIVE_INFINITY
    let line = from + 1
    for (; line <= endLine; line++) {
      const filled = tokens(from, line - 1)
      if (filled > limit && best >= 0) break
      if (filled > limit) {
        // Nothing fits: what is before this line is as small as it gets.
        if (filled <= maxTokens || line === from + 1) best = line
        else best = line - 1
        break
      }
      if (filled < limit * 0.4) continue
      const depth = breaks(line)
      if (depth <= bestDepth) {
        best = line
        bestDepth = depth
      }
    }
    if (best <= from || best > endLine) return firsts
    firsts.push(best)
    from = best
  }
}

/** Breaks by layout alone: after a blank line, else by indentation. */
export function breakByLayout(text: string, starts: readonly number[]): LineBreaks {
  return (line) => {
    const start = starts[line - 1] ?? text.length
    const indent = indentAt(text, start)
    if (indent < 0) return 1000
    const before = starts[line - 2]
    const isAfterBlank = before !== undefined && indentAt(text, before) < 0
    return isAfterBlank ? indent : 100 + indent
  }
}

/** Width of the white space that begins a line, -1 for a blank line. */
function indentAt(text: string, start: number): number {
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 10 || code === 13) return -1
    if (code !== 32 && code !== 9) return i - start
  }
  return -1
}
