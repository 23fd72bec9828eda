import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { liveText } from "./live-text.ts"

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function onScreen(rows = 6) {
  let written = ""
  const live = liveText({ write: (text) => (written += text), columns: () => 21, rows: () => rows })
  const drawn = () => {
    written = ""
    vi.advanceTimersByTime(50)
    return written
  }
  return { live, drawn, written: () => written }
}
const plain = (text: string) => text.replaceAll(/\x1b\[[?\d]*[a-zA-Z]/g, "").replaceAll("\r", "")

test("what comes is drawn over what was drawn before, folded at spaces", () => {
  const { live, drawn } = onScreen()
  live.push("Tokens are com")
  expect(plain(drawn())).toBe("Tokens are com")
  live.push("pared in constant time.\nAlways.")
  const again = drawn()
  expect(plain(again)).toBe("Tokens are compared \nin constant time.\nAlways.")
  live.push(" Yes.")
  // All three rows are erased from the last one up.
  expect(drawn()).toContain("\r\x1b[2K\x1b[1A\x1b[2K\x1b[1A\x1b[2KTokens")
})

test("of a long text the last rows are shown, and clearing leaves nothing and shows the cursor again", () => {
  const { live, drawn, written } = onScreen()
  live.push(Array.from({ length: 40 }, (_, at) => `line ${at}`).join("\n"))
  expect(plain(drawn())).toBe("line 36\nline 37\nline 38\nline 39")
  live.clear()
  expect(written().endsWith(`\r\x1b[2K${"\x1b[1A\x1b[2K".repeat(3)}\x1b[?25h`)).toBe(true)
  expect(live.isShown).toBe(false)
})

test("what a model writes can't steer the terminal, and what was never drawn needs no clearing", () => {
  const { live, drawn, written } = onScreen()
  live.push("a\x1b[2Jb")
  expect(drawn()).not.toContain("\x1b[2J")
  live.clear()
  live.push("gone before it is drawn")
  live.clear()
  expect(drawn()).toBe("")
  expect(written()).toBe("")
})
