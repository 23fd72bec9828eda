import { truncate } from "../../../base/text.ts"
import { dialects } from "./dialects.ts"
import type { Frame, Trace } from "./trace.ts"

const mostFrames = 100
/** A log may be long; what matters of it is at its end or its beginning. */
const mostLines = 2_000
const mostLength = 2_000

/**
 * The errors in a text: stack traces of Node, Python, Java, Go, Rust, .NET, Ruby and PHP, and what tsc, rustc, gcc, javac
 * and go say, in the order in which they stand. Colours and time stamps before lines are looked past. Empty where there is
 * none.
 */
export function tracesIn(text: string): Trace[] {
  const all = plain(text).split(/\r\n|\r|\n/)
  const lines = all.length <= mostLines ? all : [...all.slice(0, mostLines / 2), ...all.slice(-mostLines / 2)]
  const found = dialects
    .map((dialect) => ({ dialect, traces: tracesOf(lines, dialect) }))
    .filter(({ traces }) => traces.length > 0)
  // One text is of one kind, mostly: the kind that reads the most frames, and says what failed.
  const worth = (traces: readonly Trace[]) =>
    traces.reduce((sum, { frames, message }) => sum + frames.length + (message === "" ? 0 : 0.5), 0)
  const best = found.sort((a, b) => worth(b.traces) - worth(a.traces))[0]
  return best?.traces ?? []
}

type Dialect = (typeof dialects)[number]

function tracesOf(lines: readonly string[], { language, frame, head, isInnermostLast, isHeadLast }: Dialect): Trace[] {
  const traces: Trace[] = []
  let frames: Frame[] = []
  let said: { type: string; message: string } | undefined
  /** Between the head and the first frame: a message may go on there. */
  let between: string[] = []
  const flush = () => {
    if (frames.length > 0) {
      const inOrder = isInnermostLast ? frames.toReversed() : frames
      const message = said?.message ?? ""
      traces.push({
        language,
        type: said?.type ?? "",
        // A message that begins with a bracket is printed over several lines.
        message: /[A-Za-z]/.test(message) ? message : truncate([message, ...between].join(" ").trim(), 300),
        frames: inOrder.slice(0, mostFrames),
      })
    }
    frames = []
    between = []
    said = undefined
  }
  for (const [at, whole] of lines.entries()) {
    const line = whole.length > mostLength ? whole.slice(0, mostLength) : whole
    const step = frame(line, lines[at + 1] ?? "", lines[at - 1] ?? "")
    if (step) {
      if ("says" in step) {
        flush()
        said = step.says
      }
      frames.push(step.frame)
      continue
    }
    const title = head(line, lines[at + 1] ?? "")
    if (!title) {
      if (said && frames.length === 0 && between.length < 8) between.push(line.trim())
      continue
    }
    if (isHeadLast) {
      if (frames.length === 0) continue
      said = title
      flush()
    } else {
      flush()
      said = title
    }
  }
  flush()
  return traces
}

/** Without colours, and without what log collectors put before each line. */
function plain(text: string): string {
  return text
    .replace(/\u001b\[[\d;]*[A-Za-z]/g, "")
    .replace(/^[\w.-]+\s+\|\s/gm, "")
    .replace(/^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[\d.,]*(?:Z|[+-]\d\d:?\d\d)?\]?\s/gm, "")
}
