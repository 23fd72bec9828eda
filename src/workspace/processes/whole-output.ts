import type { Finished, Processes } from "./types.ts"

/** All that a run printed: its summary leaves out the middle of what was long. */
export async function wholeOutput({ id, output }: Finished, processes: Pick<Processes, "page">): Promise<string> {
  if (output.omittedBytes === 0) return output.text
  const parts: string[] = []
  for (let offset = 0; offset < output.totalBytes; ) {
    const page = await processes.page(id, { offset, maxBytes: 1_000_000 })
    parts.push(page.text)
    if (page.nextOffset <= offset) break
    offset = page.nextOffset
  }
  return parts.join("")
}
