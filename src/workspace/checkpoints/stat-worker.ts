import { parentPort } from "node:worker_threads"
import { listFolder } from "./listing.ts"
import { claim, type StatReply, type StatTask } from "./stat-messages.ts"

/** So many folders are handed over at once. */
const batchSize = 48

// Only our own main thread posts to it.
parentPort?.on("message", ({ id, root, folders, claims }: StatTask) => {
  let at: number[] = []
  let names: (string | null)[] = []
  let figures: number[] = []
  const send = () => {
    const packed = new Float64Array(figures)
    const reply: StatReply = { id, at, names, figures: packed }
    parentPort?.postMessage(reply, [packed.buffer])
    at = []
    names = []
    figures = []
  }
  for (let i = folders.length - 1; i >= 0; i--) {
    if (!claim(claims, i)) continue
    const folder = folders[i]
    const listing = listFolder(folder === "" ? root : `${root}/${folder}`)
    at.push(i)
    names.push(typeof listing === "string" ? null : listing.names.join("\0"))
    if (typeof listing !== "string")
      for (let n = 0; n < listing.names.length; n++) {
        const found = listing.figuresOf(n)
        if (typeof found === "object") figures.push(found.mode, found.size, found.mtimeMs, found.ctimeMs, found.ino)
        else figures.push(found === undefined ? -1 : -2, 0, 0, 0, 0)
      }
    if (at.length >= batchSize) send()
  }
  if (at.length > 0) send()
})
