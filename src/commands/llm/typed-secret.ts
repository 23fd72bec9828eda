import { CancelledError, InvalidInputError } from "../../base/errors.ts"
import { abortReason } from "../../base/signal.ts"

/** The part of a terminal that is typed into. */
export interface Typing extends NodeJS.ReadableStream {
  readonly isTTY?: boolean
  setRawMode?(mode: boolean): unknown
}

const longest = 16_384
const interrupt = "\x03"
const endOfInput = "\x04"

/** Asks for a secret at a terminal; nothing of what is typed or pasted is shown. Throws CancelledError at Ctrl-C. */
export function hiddenPrompt(
  question: string,
  { input, write, signal }: { input: Typing; write: (text: string) => void; signal: AbortSignal },
): Promise<string> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(abortReason(signal))
    let typed = ""
    const leave = () => {
      input.setRawMode?.(false)
      input.pause()
      input.off("data", read)
      input.off("end", done)
      signal.removeEventListener("abort", cancelled)
      write("\n")
    }
    const done = () => {
      leave()
      resolve(typed)
    }
    const cancelled = () => {
      leave()
      reject(signal.aborted ? abortReason(signal) : new CancelledError())
    }
    const read = (chunk: Buffer | string) => {
      for (const sign of chunk.toString()) {
        if (sign === "\r" || sign === "\n" || sign === endOfInput) return done()
        if (sign === interrupt) return cancelled()
        if (sign === "\x7f" || sign === "\b") typed = typed.slice(0, -1)
        // Terminals put marks around what is pasted; the rest of their control signs means nothing here.
        else if (typed.length < longest && sign >= " ") typed += sign
      }
    }
    signal.addEventListener("abort", cancelled, { once: true })
    input.on("data", read)
    input.on("end", done)
    // Without raw mode the terminal would show each key.
    input.setRawMode?.(true)
    write(question)
    input.resume()
  })
}

/** Everything on standard input, without the line break at its end. Throws InvalidInputError past 16 kB. */
export async function secretOn(input: AsyncIterable<Buffer | string>): Promise<string> {
  let text = ""
  for await (const chunk of input) {
    text += chunk.toString()
    if (text.length > longest)
      throw new InvalidInputError({ message: "What is on standard input is too long for a key." })
  }
  return text.trim()
}
