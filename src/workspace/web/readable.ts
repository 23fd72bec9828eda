import { Worker } from "node:worker_threads"
import { z } from "zod"
import { abortReason } from "../../base/signal.ts"
import { FetchError } from "./errors.ts"

const Readable = z.object({ title: z.string(), text: z.string() })
export type Readable = z.infer<typeof Readable>

const entry = new URL(
  import.meta.url.endsWith(".ts") ? "./markdown-worker.ts" : "./markdown-worker.js",
  import.meta.url,
)

/**
 * `markdownOf` on a thread of its own, with a bound on memory and time: a page that was made to hang a reader hangs
 * nobody else. Throws FetchError, and the signal's reason.
 */
export function readableOf(html: string, address: string, signal: AbortSignal, longestMs = 10_000): Promise<Readable> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortReason(signal))
    const worker = new Worker(entry, {
      name: "markdown",
      workerData: { html, address },
      resourceLimits: { maxOldGenerationSizeMb: 512, stackSizeMb: 4 },
    })
    const settle = (end: () => void) => {
      clearTimeout(timer)
      signal.removeEventListener("abort", cancelled)
      void worker.terminate()
      end()
    }
    const failed = (why: string, cause?: unknown) =>
      settle(() =>
        reject(new FetchError("FETCH_UNREADABLE", `The page can't be made readable: ${why}.`, "Take it raw.", cause)),
      )
    const cancelled = () => settle(() => reject(abortReason(signal)))
    const timer = setTimeout(() => failed("it takes too long"), longestMs)
    signal.addEventListener("abort", cancelled, { once: true })
    worker.once("message", (message: unknown) => settle(() => resolve(Readable.parse(message))))
    worker.once("error", (cause: unknown) => failed(cause instanceof Error ? cause.message : String(cause), cause))
    worker.once("exit", (code) => failed(`its reader ended with ${code}`))
  })
}
