import { Transform } from "node:stream"
import { StringDecoder } from "node:string_decoder"

/** Keys that mean something to a conversation and nothing to a line of text. */
export type Key = "escape" | "cycle-mode" | "search-history" | "open-editor" | "show-whole" | "end" | "typing"

/** Stands for a line break inside the one line that is edited. */
export const lineBreak = "⏎"

/** Shift+Tab, Ctrl+D, Ctrl+G, Ctrl+O, Ctrl+R. */
const told: Readonly<Record<string, Key>> = {
  "\x1b[Z": "cycle-mode",
  "\x04": "end",
  "\x07": "open-editor",
  "\x0f": "show-whole",
  "\x12": "search-history",
}
const pasteBegin = "\x1b[200~"
const pasteEnd = "\x1b[201~"
export const askForPasteMarks = "\x1b[?2004h"
export const noPasteMarks = "\x1b[?2004l"

export interface Keys {
  /** What is left for the line editor. */
  readonly stream: Transform
  /** The whole text of a line, with what was pasted into it. */
  expand(line: string): string
  /** The other way round: a text of several lines as one line. */
  fold(text: string): string
  /** While it is set, what is typed goes to it; it gives what is left for the line editor. */
  grab: ((text: string) => string) | undefined
}

/**
 * Reads what a terminal sends before the line editor does: Esc, Shift+Tab, Ctrl+R, Ctrl+G, Ctrl+O and Ctrl+D are told to `onKey`;
 * Ctrl+J, Alt+Enter and Shift+Enter (kitty's protocol) become a line break inside the line; a pasted text of several lines
 * becomes one word that stands for it. `onKey` says false to a key that is the line editor's after all.
 */
export function keysOf(onKey: (key: Key) => unknown): Keys {
  const pasted = new Map<string, string>()
  const decoder = new StringDecoder("utf8")
  let paste: string | undefined

  const placeholder = (text: string): string => {
    const plain = text.replaceAll(/\r\n?/g, "\n")
    if (!plain.includes("\n")) return plain
    const word = `[pasted ${pasted.size + 1}: ${plain.split("\n").length} lines]`
    pasted.set(word, plain)
    return word
  }

  const typed = (text: string): string => {
    if (keys.grab) return keys.grab(text)
    if (/^\x1b+$/.test(text)) {
      for (const _press of text) onKey("escape")
      return ""
    }
    if (/[^\x00-\x1f\x7f]/.test(text.replaceAll(/\x1b[[O][\d;]*[A-Za-z~]/g, ""))) onKey("typing")
    return text
      .replaceAll(/\x1b\[Z|[\x04\x07\x0f\x12]/g, (sent) => (onKey(told[sent] ?? "typing") === false ? sent : ""))
      .replaceAll(/\x1b\[13;2u|\x1b\r|\n/g, lineBreak)
  }

  const take = (text: string): string => {
    if (paste !== undefined) {
      const whole = paste + text
      const end = whole.indexOf(pasteEnd)
      if (end < 0) {
        paste = whole
        return ""
      }
      paste = undefined
      onKey("typing")
      return placeholder(whole.slice(0, end)) + take(whole.slice(end + pasteEnd.length))
    }
    if (text === "") return ""
    const begin = text.indexOf(pasteBegin)
    if (begin < 0) return typed(text)
    paste = ""
    return (begin === 0 ? "" : typed(text.slice(0, begin))) + take(text.slice(begin + pasteBegin.length))
  }

  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      done(null, take(decoder.write(chunk)))
    },
  })
  const keys: Keys = {
    stream,
    grab: undefined,
    fold: (text) => text.replaceAll(/\r\n?|\n/g, lineBreak),
    expand(line) {
      let text = line.replaceAll(lineBreak, "\n")
      for (const [word, plain] of pasted) text = text.replaceAll(word, () => plain)
      return text
    },
  }
  return keys
}
