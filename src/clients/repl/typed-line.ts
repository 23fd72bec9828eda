import { createInterface, type Interface } from "node:readline"
import { readHistory, writeHistory } from "./history-file.ts"
import { askForPasteMarks, type Key, keysOf, lineBreak, noPasteMarks } from "./keys.ts"
import type { Screen } from "./screen.ts"

/** The line at the bottom of a conversation. */
export interface TypedLine {
  setPrompt(prompt: string): void
  /** What stands in it now. */
  readonly text: string
  clear(): void
  /** The terminal is as it was before. */
  close(): void
}

export interface TypedLineOptions {
  readonly input: NodeJS.ReadStream
  readonly screen: Screen
  readonly historyPath: string
  /** To the terminal itself. */
  write(text: string): void
  onLine(text: string): void
  onKey(key: Exclude<Key, "search-history">): void
  /** Ctrl-C. */
  onInterrupt(): void
  /** Ctrl-D on an empty line, or the input is over. */
  onEnd(): void
  complete(line: string): Promise<readonly [hits: string[], replaced: string]>
}

/** Part of readline that its types leave out: how many rows above the cursor it believes to have drawn. */
interface Drawn {
  prevRows?: number
}

export function typedLine(options: TypedLineOptions): TypedLine {
  const { input, screen, historyPath } = options
  /** `""" ... """`, or lines that end in a backslash. */
  let block: { readonly isQuoted: boolean; readonly lines: string[] } | undefined
  let prompt = "> "
  let search: { readonly wanted: string; at: number } | undefined
  let history = readHistory(historyPath)

  const keys = keysOf((key) => {
    if (key === "search-history") return searchHistory()
    search = undefined
    options.onKey(key)
  })
  const reader: Interface = createInterface({
    input: input.pipe(keys.stream),
    output: screen.echo,
    terminal: true,
    history,
    historySize: 1_000,
    removeHistoryDuplicates: true,
    // Esc is told by the filter before it.
    escapeCodeTimeout: 50,
    completer: (line: string, done: (error: Error | null, result: [string[], string]) => void) => {
      options.complete(line).then(
        ([hits, replaced]) => done(null, [[...hits], replaced]),
        () => done(null, [[], line]),
      )
    },
  })
  screen.editor = {
    rowsAbove: () => reader.getCursorPos().rows,
    redraw() {
      // It was erased: nothing of it is above the cursor.
      ;(reader as Drawn).prevRows = 0
      reader.prompt(true)
    },
  }
  input.setRawMode?.(true)
  options.write(askForPasteMarks)

  const setPrompt = () => reader.setPrompt(block ? "… " : prompt)

  /** Ctrl+R: the next older line with what was typed in it. */
  const searchHistory = () => {
    search ??= { wanted: reader.line, at: -1 }
    const { wanted } = search
    const found = history.findIndex((line, at) => at > (search?.at ?? -1) && line.includes(wanted))
    if (found < 0) return
    search.at = found
    reader.write(null, { ctrl: true, name: "e" })
    reader.write(null, { ctrl: true, name: "u" })
    reader.write(history[found] ?? "")
  }

  reader.on("history", (lines: string[]) => {
    history = lines
    writeHistory(historyPath, lines)
  })
  reader.on("line", (line) => {
    search = undefined
    if (block === undefined) {
      if (line.trim() === '"""') block = { isQuoted: true, lines: [] }
      else if (line.endsWith("\\")) block = { isQuoted: false, lines: [line.slice(0, -1)] }
      else return options.onLine(keys.expand(line))
    } else if (block.isQuoted ? line.trim() === '"""' : !line.endsWith("\\")) {
      const lines = block.isQuoted ? block.lines : [...block.lines, line]
      block = undefined
      setPrompt()
      return options.onLine(keys.expand(lines.join(lineBreak)))
    } else block.lines.push(block.isQuoted ? line : line.slice(0, -1))
    setPrompt()
    reader.prompt()
  })
  reader.on("SIGINT", () => {
    block = undefined
    setPrompt()
    options.onInterrupt()
  })
  let isClosed = false
  reader.on("close", () => {
    if (!isClosed) options.onEnd()
  })

  return {
    setPrompt(next) {
      prompt = next
      setPrompt()
      if (screen.isInputShown) screen.showInput(true)
    },
    get text() {
      return reader.line
    },
    clear() {
      reader.write(null, { ctrl: true, name: "e" })
      reader.write(null, { ctrl: true, name: "u" })
    },
    close() {
      isClosed = true
      options.write(noPasteMarks)
      input.unpipe(keys.stream)
      reader.close()
      input.setRawMode?.(false)
      input.pause()
    },
  }
}
