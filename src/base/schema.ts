import type { z } from "zod"
import { InvalidInputError } from "./errors.ts"

/**
 * `value` as the schema's output. Throws InvalidInputError that names each faulty field and says what was expected;
 * `what` is the thing that was read ("the configuration file /x/y", "the input of `search`").
 */
export function parseWith<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issues = result.error.issues.map((issue) => ({
    path: issue.path.map(String).join("."),
    message: issue.message,
  }))
  const lines = issues.map((issue) => (issue.path === "" ? issue.message : `${issue.path}: ${issue.message}`))
  throw new InvalidInputError({
    message: `${capitalised(what)} is not valid: ${lines.join("; ")}.`,
    details: { issues },
  })
}

/** Parses JSON text with a schema; text that is not JSON is the same kind of error. */
export function parseJson<S extends z.ZodType>(schema: S, text: string, what: string): z.output<S> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidInputError({ message: `${capitalised(what)} is not JSON: ${(cause as Error).message}.`, cause })
  }
  return parseWith(schema, value, what)
}

const capitalised = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
