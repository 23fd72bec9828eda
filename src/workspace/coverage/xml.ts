import { XMLParser } from "fast-xml-parser"
import { z } from "zod"

/** An element as fast-xml-parser gives it with `preserveOrder` off: attributes begin with "@". */
export type Element = { readonly [name: string]: unknown }
const element = z.record(z.string(), z.unknown())

/** Entities stay as they are but for the five of XML: a coverage file has no use for others, and they can be bombs. */
const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  parseTagValue: false,
  parseAttributeValue: false,
  processEntities: false,
  isArray: (_name, _path, _isLeaf, isAttribute) => !isAttribute,
})

/** The document's elements. Throws what the parser throws. */
export function parseXml(text: string): Element {
  return element.parse(parser.parse(text, true))
}

/** Children of a name, one or many. */
export function children(of: Element | undefined, name: string): Element[] {
  const found = of?.[name]
  if (!Array.isArray(found)) return []
  return found.map((one) => (typeof one === "object" && one !== null ? element.parse(one) : {}))
}

const entities: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" }

export const unescaped = (text: string): string =>
  text.replace(/&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#x([\da-f]{1,6}));/gi, (all, name, decimal, hex) => {
    if (name) return entities[String(name).toLowerCase()] ?? all
    const code = decimal ? Number(decimal) : Number.parseInt(hex, 16)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all
  })

export const attribute = (of: Element, name: string): string | undefined => {
  const value = of[`@${name}`]
  return typeof value === "string" ? unescaped(value) : undefined
}

/** A whole number of 0 or more; undefined where it is none. */
export const wholeOf = (of: Element, name: string): number | undefined => {
  const value = attribute(of, name)
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined
}

/** The text inside an element, however it is written. */
export function textOf(of: unknown): string {
  if (typeof of === "string") return unescaped(of)
  if (Array.isArray(of)) return of.map(textOf).join("")
  if (typeof of !== "object" || of === null) return ""
  return "#text" in of ? textOf(of["#text"]) : ""
}
