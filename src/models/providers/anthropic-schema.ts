import type { JsonSchema } from "../model.ts"
import { asObject } from "./fields.ts"

/** What Anthropic's structured output knows of JSON Schema; the rest it refuses. */
const kept = new Set([
  "type",
  "description",
  "title",
  "enum",
  "const",
  "default",
  "required",
  "$ref",
  "format",
  "pattern",
])
const formats = new Set(["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"])
const nested = new Set(["anyOf", "oneOf", "allOf"])
const named = new Set(["properties", "$defs", "definitions"])

/**
 * A schema as Anthropic takes it for its output format and strict tools: objects are closed, and limits of length, size
 * and number are left out, which is wider than the schema was. Whoever reads the answer checks it against the whole one.
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
export function anthropicSchema(schema: JsonSchema): JsonSchema {
  const narrowed: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(schema)) {
    if (name === "format" ? formats.has(String(value)) : kept.has(name)) narrowed[name] = value
    else if (nested.has(name) && Array.isArray(value)) narrowed[name === "oneOf" ? "anyOf" : name] = value.map(below)
    else if (named.has(name)) {
      narrowed[name] = Object.fromEntries(
        Object.entries(asObject(value) ?? {}).map(([key, inner]) => [key, below(inner)]),
      )
    } else if (name === "items") narrowed.items = below(value)
    else if (name === "minItems" && (value === 0 || value === 1)) narrowed.minItems = value
  }
  if (schema.type === "object" || schema.properties !== undefined) narrowed.additionalProperties = false
  return narrowed
}

const below = (value: unknown): unknown => {
  const schema = asObject(value)
  return schema ? anthropicSchema(schema) : value
}
