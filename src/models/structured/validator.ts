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

/** Made when they are first needed: each compiles the schema of schemas. */
let older: Ajv | undefined
let newer: Ajv2020 | undefined

function ajvFor(dialect: unknown): Ajv | Ajv2020 {
  if (typeof dialect === "string" && /draft-0[4-7]/.test(dialect)) {
    older ??= new Ajv(options)
    return older
  }
  newer ??= new Ajv2020(options)
  return newer
}

/** Throws ModelError MODEL_REQUEST_INVALID for what is no JSON Schema (draft 4 to 7, or 2020-12). */
export function validatorOf(schema: JsonSchema, name: string): Validator {
  const { $schema, $id, id, ...body } = schema
  const ajv = ajvFor($schema)
  try {
    const validate = ajv.compile(body)
    return (value) => (validate(value) ? [] : (validate.errors ?? []).slice(0, mostErrors).map(told))
  } catch (cause) {
    throw new ModelError({
      fault: "MODEL_REQUEST_INVALID",
      message: `The output schema "${name}" is not valid: ${cause instanceof Error ? cause.message : String(cause)}.`,
      hint: "Correct the JSON Schema; references must stay inside it.",
      cause,
    })
  } finally {
    // Schemas come with every request, and Ajv would keep each of them.
    ajv.removeSchema(body)
  }
}

function told({ instancePath, keyword, message = "is not valid", params }: ErrorObject): string {
  const where = instancePath === "" ? "the answer" : instancePath
  if (keyword === "additionalProperties") return `${where} must not have the property "${params.additionalProperty}"`
  if (keyword === "enum") return `${where} must be one of ${JSON.stringify(params.allowedValues)}`
  if (keyword === "const") return `${where} must be ${JSON.stringify(params.allowedValue)}`
  return `${where} ${message}`
}
