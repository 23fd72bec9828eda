import { execFileSync, spawnSync } from "node:child_process"
import { join } from "node:path"
import { test } from "vitest"
import { type Place, until } from "./place.ts"

export const hasTmux = spawnSync("tmux", ["-V"]).status === 0

/** A test that needs a program says in its name when that is missing. */
export const needs = (isThere: boolean) => (isThere ? test : test.skip)
export const skipped = (isThere: boolean, what: string) => (isThere ? "" : ` (SKIPPED: ${what} is not installed)`)

/** One that is ending still holds its socket for a moment. */
let terminals = 0

/** A shell in a tmux of its own. `more`: further environment. */
export function terminal(here: Place, more: NodeJS.ProcessEnv = {}) {
  const socket = join(here.home, "..", `tmux-${++terminals}`)
  const tmux = (...args: string[]) =>
    execFileSync("tmux", ["-S", socket, "-f", "/dev/null", ...args], { encoding: "utf8" })
  execFileSync("tmux", ["-S", socket, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40", "bash --norc"], {
    cwd: here.project,
    env: { ...here.env, ...more, TERM: "xterm-256color", PS1: "$ " },
  })
  const text = () => tmux("capture-pane", "-p")
  return {
    text,
    /** Types the letters as they are, and Enter. */
    type(line: string) {
      tmux("send-keys", "-l", line)
      tmux("send-keys", "Enter")
    },
    letters: (text: string) => void tmux("send-keys", "-l", text),
    /** As a terminal hands over what was pasted. */
    paste(text: string) {
      tmux("set-buffer", text)
      tmux("paste-buffer", "-p")
    },
    press: (...keys: readonly string[]) => void tmux("send-keys", ...keys),
    /** The terminal goes away, however: by a command of tmux, or by a signal to tmux itself. */
    kill(how: "kill-session" | "kill-server" | "SIGKILL") {
      if (how === "SIGKILL") process.kill(Number(tmux("display-message", "-p", "#{pid}")), how)
      else tmux(how)
    },
    cursorIsShown: () => tmux("display-message", "-p", "#{cursor_flag}").trim() === "1",
    async shows(pattern: RegExp) {
      await until(`the screen shows ${pattern}`, () => pattern.test(text())).catch((error: Error) => {
        throw new Error(`${error.message} It shows:\n${text()}`)
      })
    },
    async [Symbol.asyncDispose]() {
      spawnSync("tmux", ["-S", socket, "kill-server"])
    },
  }
}
