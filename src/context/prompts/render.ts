import { InvalidInputError } from "../../base/errors.ts"
import type { Message } from "../../models/model.ts"
import type { PackedContext } from "../context.ts"
import { contextText, inFence, ruleText } from "./context-text.ts"
import { type PromptStyle, plainStyle } from "./family.ts"
import type { Variables } from "./prompts.ts"
import type { Node } from "./syntax.ts"
import type { Template } from "./template.ts"

export interface Filling {
  readonly variables: Variables
  readonly context: PackedContext
  readonly rules: readonly { readonly title: string; readonly text: string }[]
}

type Styled = Filling & { readonly style: PromptStyle }

interface Piece {
  readonly section: string
  readonly text: string
}

/**
 * The messages of a template. Values go in as they are and are never read as template. Each message is cut where rules or
 * context go, so that their tokens are counted by themselves; the last piece before the task may be cached. Throws
 * InvalidInputError for a variable that is missing or of another type. Where the model knows no system role, what the system
 * says begins what the user says.
 */
export function render(template: Template, filling: Filling, style: PromptStyle = plainStyle): Message[] {
  const variables = checked(template, filling.variables)
  const messages = template.sections.flatMap(({ role, nodes }) =>
    joined(pieces(nodes, [variables], { ...filling, style }, role === "system" ? "system" : "task")).map(
      ({ section, text }): Message => ({
        role: role === "system" && !style.hasSystem ? "user" : role,
        section,
        parts: [{ kind: "text", text }],
      }),
    ),
  )
  const lastStable = messages.findLastIndex(({ section }) => section === "system" || section === "rules")
  return messages.map((message, i) => (i === lastStable ? { ...message, cache: "short" } : message))
}

function checked(template: Template, variables: Variables): Variables {
  const wrong: string[] = []
  for (const [name, { type, optional }] of Object.entries(template.variables)) {
    const value = variables[name]
    if (value === undefined || value === null) {
      if (!optional) wrong.push(`${name} is missing`)
    } else if (type !== undefined && !isOf(type, value)) wrong.push(`${name} is no ${type}`)
  }
  for (const name of Object.keys(variables)) {
    if (!(name in template.variables)) wrong.push(`${name} is not known`)
  }
  if (wrong.length === 0) return variables
  throw new InvalidInputError({
    code: "PROMPT_VARIABLES",
    message: `The variables of the prompt ${template.name} don't fit: ${wrong.join("; ")}.`,
    hint: `\`duck prompt show ${template.name}\` names them.`,
  })
}

function isOf(type: string, value: unknown): boolean {
  if (type === "array") return Array.isArray(value)
  if (type === "object") return typeof value === "object" && !Array.isArray(value)
  if (type === "integer") return Number.isInteger(value)
  return typeof value === type
}

/** `scopes`: the innermost last. */
function pieces(nodes: readonly Node[], scopes: readonly Variables[], filling: Styled, section: string): Piece[] {
  return nodes.flatMap((node) => piecesOf(node, scopes, filling, section))
}

function piecesOf(node: Node, scopes: readonly Variables[], filling: Styled, section: string): Piece[] {
  switch (node.kind) {
    case "text":
      return [{ section, text: node.text }]
    case "value": {
      const text = spoken(valueAt(node.path, scopes))
      return [{ section, text: node.isQuoted ? inFence(text) : text }]
    }
    case "block":
      return node.name === "rules" ? rulePieces(filling) : contextPieces(filling)
    case "if":
      return pieces(isTruthy(valueAt(node.path, scopes)) ? node.body : node.otherwise, scopes, filling, section)
    case "each": {
      const list = valueAt(node.path, scopes)
      if (!Array.isArray(list)) return []
      return list.flatMap((one: unknown) => pieces(node.body, [...scopes, { this: one }], filling, section))
    }
    // Compiled templates have none left.
    case "partial":
      return []
  }
}

function valueAt([first = "", ...rest]: readonly string[], scopes: readonly Variables[]): unknown {
  const scope = scopes.findLast((one) => Object.hasOwn(one, first))
  let value: unknown = scope?.[first]
  for (const key of rest) {
    const isHeld = typeof value === "object" && value !== null && Object.hasOwn(value, key)
    value = isHeld ? (value as Readonly<Record<string, unknown>>)[key] : undefined
  }
  return value
}

const isTruthy = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value))

function spoken(value: unknown): string {
  if (value === undefined || value === null) return ""
  return typeof value === "string" ? value : JSON.stringify(value, null, 2)
}

const rulePieces = ({ rules, style }: Styled): Piece[] =>
  rules.map((rule) => ({ section: "rules", text: `${ruleText(rule, style)}\n\n` }))

const contextPieces = ({ context, style }: Styled): Piece[] =>
  context.items.map((item) => ({ section: item.source, text: `${contextText(item, style)}\n\n` }))

/** Neighbours of one section in one; none that says nothing. */
function joined(all: readonly Piece[]): Piece[] {
  const result: { section: string; text: string }[] = []
  for (const { section, text } of all) {
    const last = result.at(-1)
    if (last?.section === section) last.text += text
    else result.push({ section, text })
  }
  return result.map(({ section, text }) => ({ section, text: text.trim() })).filter(({ text }) => text !== "")
}
