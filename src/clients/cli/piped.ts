import { InvalidInputError } from "../../base/errors.ts"

/** What of standard input is piped in. */
export interface Piped extends AsyncIterable<Buffer | string> {
  readonly isTTY?: boolean
}

const longest = 1_000_000
/** A pipe that nobody writes into (a job runner's) must not hold up a command that has what it needs. */
const patienceMs = 3_000

/**
 * The text that is piped in; "" where there is none. With `mayBeNone`, a pipe that stays silent counts as none.
 * Throws InvalidInputError past a million characters.
 */
export async function pipedText(input: Piped, { mayBeNone }: { readonly mayBeNone: boolean }): Promise<string> {
  if (input.isTTY) return ""
  const read = readAll(input)
  if (!mayBeNone) return read.whole
  let timer: NodeJS.Timeout | undefined
  const silent = new Promise<"silent">((resolve) => {
    timer = setTimeout(() => resolve("silent"), patienceMs)
  })
  try {
    const first = await Promise.race([read.began, silent])
    if (first !== "silent") return await read.whole
    read.whole.catch(() => {})
    return ""
  } finally {
    clearTimeout(timer)
  }
}

function readAll(input: Piped): { readonly began: Promise<void>; readonly whole: Promise<string> } {
  const began = Promise.withResolvers<void>()
  const whole = (async () => {
    try {
      const chunks: Buffer[] = []
      let sizeBytes = 0
      for await (const chunk of input) {
        began.resolve()
        const bytes = Buffer.from(chunk)
        sizeBytes += bytes.byteLength
        if (sizeBytes > longest) {
          throw new InvalidInputError({
            message: "What is piped in is longer than a million bytes.",
            hint: "Name the file in the task instead.",
          })
        }
        chunks.push(bytes)
      }
      return Buffer.concat(chunks).toString("utf8")
    } finally {
      began.resolve()
    }
  })()
  return { began: began.promise, whole }
}
