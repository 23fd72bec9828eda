import { Ajv, type ErrorObject, type Options } from "ajv"
import { Ajv2020 } from "ajv/dist/2020.js"
import { RE2JS } from "re2js"
import { ModelError } from "../errors.ts"
import type { JsonSchema } from "../model.ts"

/** What is wrong with a value, in words that a model can use; empty where nothing is. */
export type Validator = (value: unknown) => readonly string[]

/** More than these help no model. */
const mostErrors = 10

/**
 * A schema comes from whoever asks, and the text from a model: patterns are matched in linear time, so that no pair of
 * them can hold the server up. A pattern that RE2 does not know (it looks ahead or behind) is not checked. Ajv tells
 * patterns apart by their `toString`.
 */
const linearRegExp = Object.assign((pattern: string) => ({ test: linearTest(pattern), toString: () => pattern }), {
  code: "linearRegExp",
})

function linearTest(pattern: string): (text: string) => boolean {
  try {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern))
    return (text) => compiled.matcher(text).find()
  } catch {
    return () => true
  }
}

const options: Options = {
  strict: false,
  allErrors: true,
  validateFormats: false,
  logger: false,
  addUsedSchema: false,
  code: { regExp: linearRegExp },
}

/** An Ajv keeps 4 KB of each schema it compiled, whatever it is told to forget: now and then it is made anew. */
const mostCompiled = 500
const compilers = new Map<"older" | "newer", { readonly ajv: Ajv | Ajv2020; compiled: number }>()

function compilerFor(dialect: unknown): Ajv | Ajv2020 {
  const name = typeof dialect === "string" && /draft-0[4-7]/.test(dialect) ? "older" : "newer"
  let compiler = compilers.get(name)
  if (!compiler || compiler.compiled >= mostCompiled) {
    compiler = { ajv: name === "older" ? new Ajv(options) : new Ajv2020(options), compiled: 0 }
    compilers.set(name, compiler)
  }
  compiler.compiled++
  return compiler.ajv
}

/** Throws ModelError MODEL_REQUEST_INVALID for what is no JSON Schema (draft 4 to 7, or 2020-12). */
export function validatorOf(schema: JsonSchema, name: string): Validator {
  // Ids would clash with those of other requests.
  const { $schema, $id, id, ...body } = schema
  try {
    const ajv = compilerFor($schema)
    const validate = ajv.compile(body)
    ajv.removeSchema(body)
    return (value) => (validate(value) ? [] : (validate.errors ?? []).slice(0, mostErrors).map(told))
  } catch (cause) {
    throw new ModelError({
      fault: "MODEL_REQUEST_INVALID",
      message: `The output schema "${name}" is not valid: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: "Correct the JSON Schema; references must stay inside it.",
      cause,
    })
  }
}

function told({ instancePath, keyword, message = "is not valid", params }: ErrorObject): string {
  const where = instancePath === "" ? "the answer" : instancePath
  if (keyword === "additionalProperties") return `${where} must not have the property "${params.additionalProperty}"`
  if (keyword === "enum") return `${where} must be one of ${JSON.stringify(params.allowedValues)}`
  if (keyword === "const") return `${where} must be ${JSON.stringify(params.allowedValue)}`
  return `${where} ${message}`
}
