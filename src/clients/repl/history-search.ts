/** A search of what was typed before, as shells have it: each letter looks on, Ctrl+R goes further back. */
export interface HistorySearch {
  /** As the prompt says it. */
  readonly prompt: string
  /** What it has found; the line as it was before where it has found nothing. */
  readonly line: string
  /** Takes what was typed. `done`: the search is over; `rest` is for the line editor then. */
  take(text: string): { readonly done: boolean; readonly rest: string }
}

const searchKey = "\x12"
const isRubout = (sign: string) => sign === "\x7f" || sign === "\b"
const leave = "\x07"

/** `history`: the newest first. `before`: the line as it stands; it comes back with Ctrl+G and Ctrl+C. */
export function historySearch(history: readonly string[], before: string): HistorySearch {
  let wanted = ""
  let at = -1
  let found: string | undefined

  const look = (from: number) => {
    const index = history.findIndex((line, place) => place >= from && line.includes(wanted))
    if (index < 0) return false
    at = index
    found = history[index]
    return true
  }
  let hasFailed = false
  const search = {
    get prompt() {
      return `(${hasFailed ? "nothing older" : "search"}) ${wanted} › `
    },
    get line() {
      return found ?? before
    },
    take(text: string) {
      for (let place = 0; place < text.length; place++) {
        const sign = text.charAt(place)
        if (sign === searchKey) hasFailed = wanted !== "" && !look(at + 1)
        else if (isRubout(sign)) {
          wanted = wanted.slice(0, -1)
          hasFailed = wanted !== "" && !look(0)
          if (wanted === "") found = undefined
        } else if (sign === leave || sign === "\x03") {
          found = undefined
          return { done: true, rest: text.slice(place + 1) }
        } else if (sign < " ") {
          // Esc takes what was found; Enter says it, and other keys edit it.
          return { done: true, rest: text.slice(text === "\x1b" ? place + 1 : place) }
        } else {
          wanted += sign
          hasFailed = !look(0)
        }
      }
      return { done: false, rest: "" }
    },
  }
  return search
}
