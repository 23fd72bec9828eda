import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** What was typed in a conversation and not said when its terminal went away: it stands there again the next time. */
export interface Draft {
  keep(session: string, text: string): void
  /** Gives it once. */
  take(session: string): string
}

export function draftsIn(folder: string): Draft {
  const place = join(folder, "chat-drafts")
  const fileOf = (session: string) => join(place, `${session.replaceAll(/\W/g, "_")}.txt`)
  return {
    keep(session, text) {
      if (text.trim() === "") return
      try {
        mkdirSync(place, { recursive: true, mode: 0o700 })
        writeFileSync(fileOf(session), text, { mode: 0o600 })
      } catch {
        // A disk that is full or read only must not keep the terminal.
      }
    },
    take(session) {
      try {
        const text = readFileSync(fileOf(session), "utf8")
        rmSync(fileOf(session))
        return text
      } catch {
        // There is none.
        return ""
      }
    },
  }
}
