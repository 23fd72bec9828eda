/**
 * Widths for columns that would like to be `natural` wide, together at most `room` (0: no limit): those of `first` give
 * way first, then the widest; none goes below `least` unless there is no other way.
 */
export function shareColumns(
  natural: readonly number[],
  room: number,
  { least = 8, first = [] }: { least?: number; first?: readonly boolean[] } = {},
): number[] {
  const widths = [...natural]
  let total = widths.reduce((sum, width) => sum + width, 0)
  if (room === 0) return widths
  for (const [index, width] of widths.entries()) {
    if (!first[index] || total <= room) continue
    widths[index] = Math.min(width, Math.max(24, width - (total - room)))
    total += widths[index] - width
  }
  for (const floor of [least, 1]) {
    while (total > room) {
      const widest = Math.max(...widths)
      if (widest <= floor) break
      const next = Math.max(floor, ...widths.filter((width) => width < widest))
      const count = widths.filter((width) => width === widest).length
      const excess = total - room
      const each = Math.min(widest - next, Math.max(1, Math.floor(excess / count)))
      for (let i = 0; i < widths.length && total > room; i++) {
        if (widths[i] !== widest) continue
        widths[i] = widest - each
        total -= each
      }
    }
  }
  return widths
}
