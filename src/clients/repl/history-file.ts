import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname } from "node:path"

const mostLines = 1_000

/** What was typed in earlier conversations, the newest first: a file of the user's own, one line each. */
export function readHistory(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean).slice(-mostLines).reverse()
  } catch {
    // There is none yet, or none that can be read: nothing depends on it.
    return []
  }
}

export function writeHistory(path: string, newestFirst: readonly string[]): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    const lines = newestFirst.slice(0, mostLines).map((line) => line.replaceAll("\n", " "))
    writeFileSync(path, `${lines.reverse().join("\n")}\n`, { mode: 0o600 })
  } catch {
    // A disk that is full or read only must not end the conversation.
  }
}
