import { parentPort } from "node:worker_threads"
import { type Figures, figuresAt, listFolder } from "./listing.ts"
import { claim, pushFigures, type StatReply, type StatTask } from "./stat-messages.ts"

/** So many folders are handed over at once. */
const batchSize = 48

// Only our own main thread posts to it.
parentPort?.on("message", ({ id, root, folders, known, knownFigures, device, claims }: StatTask) => {
  let at: number[] = []
  let names: (string | true | null)[] = []
  let figures: number[] = []
  const send = () => {
    const packed = new Float64Array(figures)
    const reply: StatReply = { id, at, names, figures: packed }
    parentPort?.postMessage(reply, [packed.buffer])
    at = []
    names = []
    figures = []
  }
  const isAsKnown = (folder: number, { size, mtimeMs, ctimeMs, ino, dev }: Figures) =>
    dev === device && [size, mtimeMs, ctimeMs, ino].every((one, i) => one === knownFigures[folder * 4 + i])

  for (let i = folders.length - 1; i >= 0; i--) {
    if (!claim(claims, i)) continue
    const folder = folders[i] === "" ? root : `${root}/${folders[i]}`
    // Before its names: what comes after that changes its times.
    const own = figuresAt(folder)
    const sure = typeof own === "object" && isAsKnown(i, own) ? known[i] : undefined
    const listing = listFolder(folder, sure === undefined ? undefined : namesOf(sure))
    at.push(i)
    if (typeof listing === "string") names.push(null)
    else {
      names.push(sure === undefined ? listing.names.join("\0") : true)
      pushFigures(figures, own)
      for (let n = 0; n < listing.names.length; n++) pushFigures(figures, listing.figuresOf(n))
    }
    if (at.length >= batchSize) send()
  }
  if (at.length > 0) send()
})

const namesOf = (joined: string): readonly string[] => (joined === "" ? [] : joined.split("\0"))
