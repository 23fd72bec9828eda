import type { JsonSchema } from "../model.ts"
import { asObject } from "./fields.ts"

const known = new Set(
  "$defs $ref additionalProperties anyOf const default definitions description enum exclusiveMaximum exclusiveMinimum format items maxItems maximum minItems minimum multipleOf pattern properties required title type $schema".split(
    " ",
  ),
)

/**
 * Whether OpenAI's strict mode takes a schema: every object is closed and all its properties are required, and nothing
 * else than these keywords stands in it. Anything else is refused there (400) and has to go without `strict`.
 * https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
 */
export function isStrictSchema(schema: JsonSchema): boolean {
  return schema.type === "object" && schema.anyOf === undefined && isStrict(schema)
}

function isStrict(value: unknown): boolean {
  const schema = asObject(value)
  if (!schema || Object.keys(schema).some((name) => !known.has(name))) return false
  const properties = asObject(schema.properties) ?? {}
  if (schema.type === "object") {
    const required = new Set(Array.isArray(schema.required) ? schema.required : [])
    const isClosed = schema.additionalProperties === false
    if (!isClosed || Object.keys(properties).some((name) => !required.has(name))) return false
  }
  const inner = [
    ...Object.values(properties),
    ...Object.values(asObject(schema.$defs) ?? {}),
    ...Object.values(asObject(schema.definitions) ?? {}),
    ...(Array.isArray(schema.anyOf) ? schema.anyOf : []),
    ...(schema.items === undefined ? [] : [schema.items]),
  ]
  return inner.every(isStrict)
}
