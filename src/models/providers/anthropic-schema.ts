import type { JsonSchema } from "../model.ts"
import { asObject } from "./fields.ts"

/** What Anthropic's structured output knows of JSON Schema; the rest it refuses. */
const kept = new Set(["type", "title", "enum", "const", "required"])
const formats = new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"])
const nested = new Set(["anyOf", "oneOf", "allOf"])
const named = new Set(["properties", "$defs", "definitions"])
/** Limits that it does not know; a model can keep to them when it reads them. */
const limits = new Set([
  "minimum",
  "maximum",
  "exclusiveMinimum",
  "exclusiveMaximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "pattern",
  "format",
  "minItems",
  "maxItems",
  "uniqueItems",
  "default",
])

/**
 * A schema as Anthropic takes it for its output format and strict tools: objects are closed, and limits of length, size
 * and number go into the description, which is wider than the schema was. Whoever reads the answer checks it against
 * the whole one. https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
export function anthropicSchema(schema: JsonSchema): JsonSchema {
  const narrowed: Record<string, unknown> = {}
  const told: string[] = []
  for (const [name, value] of Object.entries(schema)) {
    if (nested.has(name) && Array.isArray(value)) narrowed[name === "oneOf" ? "anyOf" : name] = value.map(below)
    else if (named.has(name)) {
      const inner = Object.entries(asObject(value) ?? {}).map(([key, one]) => [key, below(one)])
      narrowed[name] = Object.fromEntries(inner)
    } else if (name === "items") narrowed.items = below(value)
    else if (kept.has(name) || isKnownLimit(name, value)) narrowed[name] = value
    else if (limits.has(name)) told.push(`${name}: ${JSON.stringify(value)}`)
  }
  const description = [schema.description, told.length > 0 ? `(${told.join(", ")})` : ""]
  const words = description.filter((part) => typeof part === "string" && part !== "").join(" ")
  if (words !== "") narrowed.description = words
  if (schema.type === "object" || schema.properties !== undefined) narrowed.additionalProperties = false
  if (typeof schema.$ref === "string") return referring(schema.$ref, narrowed)
  return Array.isArray(schema.type) ? eitherType(schema.type, narrowed) : narrowed
}

const isKnownLimit = (name: string, value: unknown) =>
  (name === "format" && formats.has(String(value))) || (name === "minItems" && (value === 0 || value === 1))

/** A reference stands alone; only the definitions may be beside it. */
function referring($ref: string, { $defs, definitions }: Record<string, unknown>): JsonSchema {
  return { $ref, ...($defs === undefined ? {} : { $defs }), ...(definitions === undefined ? {} : { definitions }) }
}

/** One type for each choice. */
function eitherType(types: readonly unknown[], narrowed: Record<string, unknown>): JsonSchema {
  const { type: _, title, description, enum: values, ...rest } = narrowed
  const words = { ...(title === undefined ? {} : { title }), ...(description === undefined ? {} : { description }) }
  if (values !== undefined) return { ...words, enum: values }
  return { ...words, anyOf: types.map((type) => (type === "null" ? { type } : { ...rest, type })) }
}

const below = (value: unknown): unknown => {
  const schema = asObject(value)
  return schema ? anthropicSchema(schema) : value
}
