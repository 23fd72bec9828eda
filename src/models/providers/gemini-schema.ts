import type { JsonSchema } from "../model.ts"
import { asObject } from "./fields.ts"

/** Fields of Gemini's `Schema` (https://ai.google.dev/api/caching#Schema) that are the same in JSON Schema. */
const kept = new Set([
  "title",
  "description",
  "nullable",
  "required",
  "minItems",
  "maxItems",
  "minimum",
  "maximum",
  "propertyOrdering",
])
const formats = new Set(["enum", "date-time", "float", "double", "int32", "int64"])
/**
 * A JSON Schema in the part of OpenAPI's that Gemini takes: references are written out, "or null" becomes `nullable`,
 * constants become enumerations of one, and what it does not know is left out, which is wider than the schema was.
 * Whoever reads the answer checks it against the whole one.
 */
export function geminiSchema(schema: JsonSchema): JsonSchema {
  return converted(schema, schema, [])
}

/** `within`: the references that lead here; one that comes again contains itself and is any object. */
function converted(value: unknown, root: JsonSchema, within: readonly string[]): JsonSchema {
  const { schema, refs } = resolved(asObject(value) ?? {}, root)
  if (refs.some((ref) => within.includes(ref))) return { type: "object" }
  const below = (inner: unknown) => converted(inner, root, [...within, ...refs])
  const made: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(schema)) {
    if (kept.has(name)) made[name] = field
    else if (name === "format" && formats.has(String(field))) made.format = field
    else if (name === "items") made.items = below(field)
    else if (name === "properties") {
      const properties = Object.entries(asObject(field) ?? {})
      made.properties = Object.fromEntries(properties.map(([key, inner]) => [key, below(inner)]))
    }
  }
  addType(made, schema.type)
  addValues(made, "const" in schema ? [schema.const] : schema.enum)
  addChoices(made, schema, below)
  if (made.type === "array" && made.items === undefined) made.items = { type: "string" }
  return made
}

/** The schema that a `$ref` within the root points to, with what stands beside it, and the references followed. */
function resolved(schema: JsonSchema, root: JsonSchema): { schema: JsonSchema; refs: readonly string[] } {
  let current = schema
  const refs: string[] = []
  while (typeof current.$ref === "string" && !refs.includes(current.$ref)) {
    const { $ref, ...beside } = current
    refs.push(current.$ref)
    let target: unknown = root
    for (const step of current.$ref.replace(/^#\/?/, "").split("/")) {
      if (step !== "") target = asObject(target)?.[step.replaceAll("~1", "/").replaceAll("~0", "~")]
    }
    current = { ...asObject(target), ...beside }
  }
  return { schema: current, refs }
}

function addType(made: Record<string, unknown>, type: unknown) {
  if (!Array.isArray(type)) {
    if (typeof type === "string") made.type = type
    return
  }
  const types = type.filter((one) => one !== "null")
  if (types.length < type.length) made.nullable = true
  if (types.length === 1) made.type = types[0]
  else if (types.length > 1) made.anyOf = types.map((one) => ({ type: one }))
}

/** Only texts can be enumerated; other values are told in words. */
function addValues(made: Record<string, unknown>, values: unknown) {
  if (!Array.isArray(values)) return
  const some = values.filter((value) => value !== null)
  if (some.length < values.length) made.nullable = true
  if (some.every((value) => typeof value === "string")) {
    if (some.length === 0) return
    made.type = "string"
    made.enum = some
  } else {
    const told = `One of: ${some.map((value) => JSON.stringify(value)).join(", ")}.`
    made.description = typeof made.description === "string" ? `${made.description} ${told}` : told
  }
}

function addChoices(made: Record<string, unknown>, schema: JsonSchema, below: (inner: unknown) => JsonSchema) {
  if (Array.isArray(schema.allOf)) {
    for (const part of schema.allOf.map(below)) {
      const properties = { ...asObject(made.properties), ...asObject(part.properties) }
      const required = [...listOf(made.required), ...listOf(part.required)]
      Object.assign(made, { ...part, ...made })
      if (Object.keys(properties).length > 0) made.properties = properties
      if (required.length > 0) made.required = [...new Set(required)]
    }
  }
  const choices = schema.anyOf ?? schema.oneOf
  if (!Array.isArray(choices)) return
  const some = choices.filter((choice) => asObject(choice)?.type !== "null")
  if (some.length < choices.length) made.nullable = true
  if (some.length === 1) Object.assign(made, { ...below(some[0]), ...made })
  else if (some.length > 1) made.anyOf = some.map(below)
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
