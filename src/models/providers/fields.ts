import { isJsonObject, type JsonObject } from "../wire/decoder.ts"

/** Reads fields of JSON that nobody checked, for decoders: what is of another type counts as missing. */
export const textAt = (value: JsonObject, name: string): string | undefined => {
  const field = value[name]
  return typeof field === "string" ? field : undefined
}

export const numberAt = (value: JsonObject, name: string): number | undefined => {
  const field = value[name]
  return typeof field === "number" && Number.isFinite(field) ? field : undefined
}

export const objectAt = (value: JsonObject, name: string): JsonObject | undefined => asObject(value[name])

export const listAt = (value: JsonObject, name: string): readonly unknown[] => {
  const field = value[name]
  return Array.isArray(field) ? field : []
}

export const asObject = (value: unknown): JsonObject | undefined => (isJsonObject(value) ? value : undefined)

/** The object without fields that are undefined, so that it can be laid over another one. */
export const defined = (fields: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
