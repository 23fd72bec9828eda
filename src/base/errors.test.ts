import { expect, test } from "vitest"
import {
  asDuckError,
  CancelledError,
  exitCodeOf,
  InvalidInputError,
  NotFoundError,
  TimeoutError,
  UnavailableError,
} from "./errors.ts"

test("an error travels as code, message, hint and facts, without its stack", () => {
  const error = new NotFoundError({
    code: "SYMBOL_NOT_FOUND",
    message: "No symbol foo.",
    hint: "Try bar.",
    details: { name: "foo" },
  })
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    code: "SYMBOL_NOT_FOUND",
    message: "No symbol foo.",
    hint: "Try bar.",
    status: 404,
    details: { name: "foo" },
  })
})

test("exit codes follow the kind of error", () => {
  expect(exitCodeOf(new InvalidInputError({ message: "" }))).toBe(2)
  expect(exitCodeOf(new UnavailableError({ message: "" }))).toBe(3)
  expect(exitCodeOf(new TimeoutError("x", 1))).toBe(3)
  expect(exitCodeOf(new CancelledError())).toBe(130)
  expect(exitCodeOf(new NotFoundError({ message: "" }))).toBe(1)
})

test("a foreign error keeps its cause and gets a way on", () => {
  const cause = new TypeError("x is not a function")
  expect(asDuckError(cause)).toMatchObject({ code: "INTERNAL", cause, hint: expect.stringContaining("--debug") })
  expect(asDuckError("text")).toMatchObject({ message: "Unexpected error: text" })
  expect(asDuckError(AbortSignal.abort().reason).code).toBe("CANCELLED")
})
