import { expect, test } from "vitest"
import { terminalOf } from "./terminal.ts"

const tty = { isTTY: true, columns: 120 }
const pipe = {}

test("colour is for a person who has not refused it", () => {
  const colorOf = (stdout: object, env: NodeJS.ProcessEnv, color?: boolean) =>
    terminalOf({ stdout, stderr: pipe, env, color }).color
  expect(colorOf(tty, { TERM: "xterm-256color" })).toBe("256")
  expect(colorOf(tty, { TERM: "xterm", COLORTERM: "truecolor" })).toBe("truecolor")
  expect(colorOf(tty, { TERM: "xterm" })).toBe("16")
  expect(colorOf(tty, { TERM: "dumb" })).toBe("0")
  expect(colorOf(tty, { NO_COLOR: "1" })).toBe("0")
  expect(colorOf(tty, { NO_COLOR: "" })).toBe("16")
  expect(colorOf(tty, {}, false)).toBe("0")
  expect(colorOf(pipe, {})).toBe("0")
  expect(colorOf(pipe, { FORCE_COLOR: "1" })).toBe("16")
  expect(colorOf(pipe, { FORCE_COLOR: "0" })).toBe("0")
  expect(colorOf(pipe, { FORCE_COLOR: "1", NO_COLOR: "1" })).toBe("0")
  expect(colorOf(pipe, { NO_COLOR: "1" }, true)).toBe("16")
})

test("a pipe has no width, and progress is drawn for a person alone", () => {
  expect(terminalOf({ stdout: pipe, stderr: tty, env: {} })).toMatchObject({
    width: 0,
    canDraw: true,
    isLookedAt: false,
  })
  expect(terminalOf({ stdout: tty, stderr: pipe, env: {} })).toMatchObject({ width: 120, canDraw: false })
  expect(terminalOf({ stdout: tty, stderr: tty, env: { TERM: "dumb" } })).toMatchObject({ canDraw: false })
})
