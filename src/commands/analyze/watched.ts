import { abortReason } from "../../base/signal.ts"
import type { Finding } from "../../code/finding.ts"
import type { Project } from "../../code/projects.ts"
import type { Analysis } from "../../engines/analyze/analysis.ts"
import type { CommandContext } from "../context.ts"

/** Tells what there is, looks again after each change, and tells what is new and what is gone. Ends after so many changes, or with the caller. */
export async function watched(
  { changes }: { readonly changes: number },
  { index }: Project,
  context: CommandContext,
  look: () => Promise<Analysis>,
): Promise<Analysis> {
  let found = await look()
  let pending = 0
  let wake: (() => void) | undefined
  const stop = index.subscribe((change) => {
    if (change.kind !== "batch") return
    pending += 1
    wake?.()
  })
  const ended = () => wake?.()
  context.signal.addEventListener("abort", ended)
  try {
    for (const finding of found.findings) await context.tell(item("known", finding))
    context.progress({ phase: "watch", message: `${found.findings.length} found. Watching for changes` })
    for (let seen = 0; changes === 0 || seen < changes; ) {
      if (context.signal.aborted) throw abortReason(context.signal)
      if (pending === 0) {
        await new Promise<void>((resolve) => {
          wake = resolve
        })
        continue
      }
      seen += pending
      pending = 0
      const now = await look()
      const before = new Map(found.findings.map((finding) => [finding.fingerprint, finding]))
      const after = new Map(now.findings.map((finding) => [finding.fingerprint, finding]))
      for (const [id, finding] of after) if (!before.has(id)) await context.tell(item("new", finding))
      for (const [id, finding] of before) if (!after.has(id)) await context.tell(item("gone", finding))
      found = now
      context.progress({ phase: "watch", message: `${found.findings.length} found. Watching for changes` })
    }
    return found
  } finally {
    stop()
    context.signal.removeEventListener("abort", ended)
  }
}

const signs = { known: " ", new: "+", gone: "-" }

const item = (change: keyof typeof signs, finding: Finding) => {
  const { path, startLine, severity, message, rule } = finding
  return {
    text: `${signs[change]} ${path}:${startLine} ${severity}: ${message} (${rule})\n`,
    change,
    finding,
  }
}
