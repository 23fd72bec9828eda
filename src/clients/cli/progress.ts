import type { Progress } from "../../base/wire.ts"

export interface ProgressView {
  show(progress: Progress): void
  /** Takes the bar away; the terminal is as it was before. */
  clear(): void
}

const hideCursor = "\x1b[?25l"
const showCursor = "\x1b[?25h"
const eraseLine = "\r\x1b[2K"
/** A bar for work that ends at once would only flicker; drawing more often than this is not seen. */
const quietMs = 150
const betweenMs = 50

/**
 * One line on standard error, redrawn in place, for a person; nothing otherwise. Drawn only once the command has run
 * for a moment, and always cleared before anything else is written.
 */
export function progressView(
  canDraw: boolean,
  { write, columns, now = () => performance.now() }: ProgressOutput,
): ProgressView {
  if (!canDraw) return { show() {}, clear() {} }
  const startedAt = now()
  let drawnAt = Number.NEGATIVE_INFINITY
  let isDrawn = false
  return {
    show(progress) {
      const at = now()
      if (at - startedAt < quietMs || at - drawnAt < betweenMs) return
      drawnAt = at
      write(`${isDrawn ? "" : hideCursor}${eraseLine}${progressLine(progress, columns())}`)
      isDrawn = true
    },
    clear() {
      if (isDrawn) write(`${eraseLine}${showCursor}`)
      isDrawn = false
    },
  }
}

export interface ProgressOutput {
  write(text: string): void
  columns(): number
  now?(): number
}

const barWidth = 24

/** `message  ━━━━────  42 %  1,234/2,900`, never wider than the terminal. */
export function progressLine({ phase, message = phase, done, total }: Progress, columns: number): string {
  const plain = message.replaceAll(/[\x00-\x1f\x7f]+/g, " ")
  const room = Math.max(10, columns - 1)
  if (done === undefined) return plain.slice(0, room)
  const figures = total === undefined ? figure(done) : `${figure(done)}/${figure(total)}`
  if (total === undefined || total <= 0) return `${plain}  ${figures}`.slice(0, room)
  const share = Math.min(1, Math.max(0, done / total))
  const filled = Math.round(share * barWidth)
  const bar = `${"━".repeat(filled)}${"─".repeat(barWidth - filled)}`
  const tail = `${bar}  ${Math.floor(share * 100)} %  ${figures}`
  const head = plain.slice(0, Math.max(0, room - tail.length - 2))
  return `${head}${head ? "  " : ""}${tail}`.slice(0, room)
}

const figure = (n: number) => n.toLocaleString("en-US")
