import { type MessagePort, parentPort, workerData } from "node:worker_threads"
import { decodeText } from "../../workspace/decode.ts"
import { indexChunking } from "../index/chunking.ts"
import type { ParsedFile } from "../types.ts"
import { grammarMemoryBytes } from "./grammar.ts"
import { languageOf } from "./languages.ts"
import { parseFile } from "./parse-file.ts"
import { textFile } from "./text-file.ts"
import type { ParseReply, ParseResult, ParseTask, WorkerSetup } from "./work-messages.ts"

/** Answers the tasks that come to this worker thread, a batch at a time. */
export function serveTasks(parse: (task: ParseTask, text: string) => Promise<ParsedFile> = parseTask): void {
  const { progress } = workerData as WorkerSetup
  const port = parentPort as MessagePort
  port.on("message", async (tasks: readonly ParseTask[]) => {
    const results: ParseResult[] = []
    const moved: ArrayBuffer[] = []
    for (const task of tasks) {
      Atomics.store(progress, 0, task.id)
      results.push(await answer(task, parse, moved))
    }
    const reply: ParseReply = { results, memoryBytes: grammarMemoryBytes() }
    port.postMessage(reply, moved)
  })
}

async function answer(
  task: ParseTask,
  parse: (task: ParseTask, text: string) => Promise<ParsedFile>,
  moved: ArrayBuffer[],
): Promise<ParseResult> {
  const { id, want } = task
  const text = textOf(task)
  if (text === undefined) return nothing(task)
  try {
    if (want === "examined") {
      const { examine } = await import("../analyzers/examine.ts")
      const examined = await examine(task.file.path, text, task.asText)
      const { shape, exact, line } = examined.tokens
      moved.push(shape.buffer, exact.buffer, line.buffer)
      return { id, examined }
    }
    const parsed = await parse(task, text)
    if (want === "parsed") return { id, parsed }
    const { analyse, transferList } = await import("../index/analyse.ts")
    const analysed = analyse(text, parsed)
    moved.push(...transferList(analysed))
    return { id, analysed }
  } catch (error) {
    // After an abort nothing in this thread's WebAssembly memory can be trusted: end, and be replaced.
    if (error instanceof Error && error.name === "RuntimeError") throw error
    return { id, failed: error instanceof Error ? error.message : String(error) }
  }
}

/** The answer for bytes that are no text. */
function nothing({ id, want }: ParseTask): ParseResult {
  if (want === "parsed") return { id, parsed: null }
  return want === "analysed" ? { id, analysed: null } : { id, examined: null }
}

function textOf({ file }: ParseTask): string | undefined {
  if (file.text !== undefined) return file.text
  const decoded = decodeText(file.bytes)
  return decoded === "binary" ? undefined : decoded.text
}

/** The parsing of `parseFile`, or plain text where the syntax did harm before. */
export async function parseTask({ file, asText, want }: ParseTask, text: string): Promise<ParsedFile> {
  const options = want === "analysed" ? indexChunking : {}
  return asText ? textFile(languageOf(file.path)?.id ?? "text", text, options) : parseFile(file.path, text, options)
}
