import { z } from "zod"
import { InvalidInputError } from "../../base/errors.ts"

/**
 * A request's body as the schema's output. Throws InvalidInputError that names the first faulty field, in the message
 * and as `details.param` ("messages.0.content.1.type"); `path` is where `body` stands in the whole.
 */
export function decodeWith<S extends z.ZodType>(schema: S, body: unknown, path = ""): z.output<S> {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const issues = result.error.issues.map(deepest)
  const [first = { path: [], message: "is not valid" }] = issues
  throw invalidField([...(path === "" ? [] : [path]), ...first.path].join("."), first.message)
}

/** A field that we can't take; `param` "" for the whole body. */
export const invalidField = (param: string, why: string) =>
  new InvalidInputError({
    message: param === "" ? `The request's body is not valid: ${why}.` : `${param}: ${why}.`,
    details: { param: param === "" ? null : param },
  })

/** A field of the dialect that would change what the client gets and that nobody here can honour. */
export const notTaken = (why: string) => z.null(why).optional()

interface Issue {
  readonly path: readonly PropertyKey[]
  readonly message: string
}

/** Of a union that failed, the branch that got furthest says what is wrong. */
function deepest(issue: z.core.$ZodIssue): Issue {
  if (issue.code !== "invalid_union") return { path: issue.path, message: issue.message }
  let best: Issue | undefined
  for (const branch of issue.errors) {
    const [first] = branch
    if (first === undefined) continue
    const found = deepest(first)
    if (best === undefined || found.path.length > best.path.length) best = found
  }
  if (best === undefined) return { path: issue.path, message: issue.message }
  return { path: [...issue.path, ...best.path], message: best.message }
}
