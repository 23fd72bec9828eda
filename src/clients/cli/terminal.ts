import type { ColorDepth } from "../../base/wire.ts"

/** What the output goes to, decided once. Colour follows no-color.org and Node's FORCE_COLOR. */
export interface Terminal {
  /** A person looks at standard output. */
  readonly isLookedAt: boolean
  /** A person looks at standard error: progress may be drawn there. */
  readonly canDraw: boolean
  readonly color: ColorDepth
  /** Colours on standard error, for messages. */
  readonly hasErrorColor: boolean
  /** Columns of standard output; 0 when nobody looks and lines need no folding. */
  readonly width: number
}

interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface TerminalOptions {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: NodeJS.ProcessEnv
  /** `--color` or `--no-color`, which beat the environment. */
  readonly color?: boolean | undefined
}

export function terminalOf({ stdout, stderr, env, color }: TerminalOptions): Terminal {
  const isDumb = env.TERM === "dumb"
  const isLookedAt = stdout.isTTY === true
  const hasColor = (isTty: boolean) => {
    if (color !== undefined) return color
    if (env.NO_COLOR) return false
    if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "false"
    return isTty && !isDumb
  }
  const canDraw = stderr.isTTY === true && !isDumb && !env.CI
  return {
    isLookedAt,
    canDraw,
    color: hasColor(isLookedAt) ? depthOf(env) : "0",
    hasErrorColor: hasColor(stderr.isTTY === true),
    width: isLookedAt ? Math.max(20, stdout.columns || Number(env.COLUMNS) || 80) : 0,
  }
}

function depthOf({ COLORTERM, FORCE_COLOR, TERM = "" }: NodeJS.ProcessEnv): ColorDepth {
  if (FORCE_COLOR === "3" || COLORTERM === "truecolor" || COLORTERM === "24bit") return "truecolor"
  if (FORCE_COLOR === "2" || /256/.test(TERM)) return "256"
  return "16"
}

export type Paint = (text: string) => string

export interface Paints {
  readonly bold: Paint
  readonly dim: Paint
  readonly red: Paint
  readonly yellow: Paint
  readonly cyan: Paint
}

/** ANSI styles, or functions that leave text alone. */
export function paints(hasColor: boolean): Paints {
  const style = (on: number, off: number): Paint =>
    hasColor ? (text) => `\x1b[${on}m${text}\x1b[${off}m` : (text) => text
  return { bold: style(1, 22), dim: style(2, 22), red: style(31, 39), yellow: style(33, 39), cyan: style(36, 39) }
}
