import { createInterface, type Interface } from "node:readline"
import { edited } from "./editor.ts"
import { readHistory, writeHistory } from "./history-file.ts"
import { type HistorySearch, historySearch } from "./history-search.ts"
import { askForPasteMarks, type Key, keysOf, lineBreak, noPasteMarks } from "./keys.ts"
import type { Screen } from "./screen.ts"

/** The line at the bottom of a conversation. */
export interface TypedLine {
  setPrompt(prompt: string): void
  /** What stands in it now, with the lines before it that belong to it; not said yet. */
  readonly text: string
  /** Puts a text there to be edited, in place of what stands there. */
  set(text: string): void
  clear(): void
  /** Gives the terminal to another program until the work is done. */
  lend(work: () => Promise<void>): void
  /** Lines that were typed, the newest first. */
  readonly history: readonly string[]
  /** The terminal is as it was before. */
  close(): void
}

export interface TypedLineOptions {
  readonly input: NodeJS.ReadStream
  readonly screen: Screen
  readonly historyPath: string
  readonly env: NodeJS.ProcessEnv
  /** To the terminal itself. */
  write(text: string): void
  onLine(text: string): void
  onKey(key: Exclude<Key, "search-history" | "open-editor" | "end">): void
  /** Ctrl-C. */
  onInterrupt(): void
  /** Ctrl-D on an empty line. `isOver`: there is no input any more. */
  onEnd(isOver: boolean): void
  onFailure(error: unknown): void
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
  let search: HistorySearch | undefined
  let history = readHistory(historyPath)
  let isLent = false

  const keys = keysOf((key) => {
    switch (key) {
      case "search-history":
        return beginSearch()
      case "open-editor":
        return openEditor()
      case "end":
        if (reader.line !== "") return false
        return options.onEnd(false)
      default:
        return options.onKey(key)
    }
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
  const takeTerminal = () => {
    input.setRawMode?.(true)
    options.write(askForPasteMarks)
  }
  const giveTerminal = () => {
    options.write(noPasteMarks)
    input.setRawMode?.(false)
  }
  takeTerminal()

  const showPrompt = () => {
    reader.setPrompt(search ? search.prompt : block ? "… " : prompt)
    if (screen.isInputShown) screen.showInput(true)
  }
  const put = (line: string) => {
    reader.write(null, { ctrl: true, name: "e" })
    reader.write(null, { ctrl: true, name: "u" })
    reader.write(line)
  }

  const beginSearch = () => {
    search = historySearch(history, reader.line)
    keys.grab = (text) => {
      if (!search) return text
      const { done, rest } = search.take(text)
      const { line } = search
      if (done) {
        keys.grab = undefined
        search = undefined
      }
      put(line)
      showPrompt()
      return rest
    }
    if (!screen.isInputShown) screen.showInput(true)
    showPrompt()
  }

  const lend = (work: () => Promise<void>) => {
    if (isLent) return
    isLent = true
    input.unpipe(keys.stream)
    input.pause()
    giveTerminal()
    screen.lend(true)
    work()
      .catch(options.onFailure)
      .finally(() => {
        isLent = false
        if (isClosed) return
        takeTerminal()
        input.pipe(keys.stream)
        screen.lend(false)
        screen.showInput(true)
        showPrompt()
      })
  }
  /** Ctrl+G: the whole message in the person's editor. */
  const openEditor = () =>
    lend(async () => {
      const before = keys.expand([...(block?.lines ?? []), reader.line].join(lineBreak))
      const text = await edited(before, options.env)
      block = undefined
      put(keys.fold(text))
    })

  reader.on("history", (lines: string[]) => {
    history = lines
    writeHistory(historyPath, lines)
  })
  reader.on("line", (line) => {
    if (block === undefined) {
      if (line.trim() === '"""') block = { isQuoted: true, lines: [] }
      else if (line.endsWith("\\")) block = { isQuoted: false, lines: [line.slice(0, -1)] }
      else return options.onLine(keys.expand(line))
    } else if (block.isQuoted ? line.trim() === '"""' : !line.endsWith("\\")) {
      const lines = block.isQuoted ? block.lines : [...block.lines, line]
      block = undefined
      showPrompt()
      return options.onLine(keys.expand(lines.join(lineBreak)))
    } else block.lines.push(block.isQuoted ? line : line.slice(0, -1))
    reader.setPrompt("… ")
    reader.prompt()
  })
  reader.on("SIGINT", () => options.onInterrupt())
  // Ctrl-Z: the shell gets the terminal as it was, and it is ours again with `fg`.
  reader.on("SIGTSTP", () => {
    giveTerminal()
    process.once("SIGCONT", () => {
      if (isClosed) return
      takeTerminal()
      showPrompt()
    })
    process.kill(process.pid, "SIGTSTP")
  })
  let isClosed = false
  reader.on("close", () => {
    if (!isClosed) options.onEnd(true)
  })

  return {
    lend,
    get history() {
      return history
    },
    setPrompt(next) {
      prompt = next
      showPrompt()
    },
    get text() {
      return keys.expand([...(block?.lines ?? []), reader.line].join(lineBreak)).replace(/^\n$/, "")
    },
    set(text) {
      block = undefined
      put(keys.fold(text))
      screen.showInput(true)
      showPrompt()
    },
    clear() {
      block = undefined
      put("")
      showPrompt()
    },
    close() {
      isClosed = true
      giveTerminal()
      input.unpipe(keys.stream)
      reader.close()
      input.pause()
    },
  }
}
