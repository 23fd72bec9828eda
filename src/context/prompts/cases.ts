import { lstatSync, readFileSync } from "node:fs"
import { parseDocument } from "yaml"
import { z } from "zod"
import { asDuckError, InvalidInputError } from "../../base/errors.ts"
import { estimateTokens } from "../../base/tokens.ts"
import type { Message } from "../../models/model.ts"
import { modelFamilies } from "./family.ts"
import type { Entry } from "./library.ts"
import type { Filling } from "./render.ts"

const words = z.array(z.string().min(1)).default([])
const said = { contains: words, notContains: words, mostTokens: z.int().min(1).optional() }

const Case = z.strictObject({
  name: z.string().min(1).max(200),
  variables: z.record(z.string(), z.unknown()).default({}),
  rules: z.array(z.strictObject({ title: z.string(), text: z.string() })).default([]),
  context: z
    .array(
      z.strictObject({
        path: z.string(),
        startLine: z.int().min(1).default(1),
        text: z.string(),
        why: z.string().default("named by the task"),
        source: z.string().default("files"),
      }),
    )
    .default([]),
  family: z.enum(modelFamilies).optional(),
  /** Of the prompt: asked of no model. */
  expect: z.strictObject({ ...said, snapshot: z.string().optional() }).default({ contains: [], notContains: [] }),
  /** Of a model's answer. */
  answer: z.strictObject({ ...said, isJson: z.boolean().default(false) }).optional(),
})
const Cases = z.array(Case).min(1)
export type PromptCase = z.infer<typeof Case>

/** The cases of a template: its own file, that of its prompt without variant and family, or that of another place. */
export function casesOf(entry: Entry, entries: readonly Entry[]): readonly PromptCase[] {
  const others = entries.filter(({ name }) => name === entry.name)
  const own = entry.path.replace(/\.md$/, ".cases.yaml")
  const base = entry.path.replace(/(?:@[\w-]+)?(?:\.\w+)?\.md$/, ".cases.yaml")
  const further = others.map(({ path }) => path.replace(/(?:@[\w-]+)?(?:\.\w+)?\.md$/, ".cases.yaml"))
  for (const path of new Set([own, base, ...further])) {
    const text = textAt(path)
    if (text !== undefined) return casesIn(text, path)
  }
  return []
}

/** Throws InvalidInputError with line and column for what is no YAML, and with the field for what fits no case. */
export function casesIn(text: string, shown: string): readonly PromptCase[] {
  const fail = (where: string, message: string): never => {
    throw new InvalidInputError({
      code: "CASES_INVALID",
      message: `${shown}${where}: ${message.replaceAll("\n", " ")}`,
      hint: "docs/prompts.md shows what cases look like.",
    })
  }
  const document = parseDocument(text, { prettyErrors: false })
  const [error] = document.errors
  if (error) {
    const before = text.slice(0, error.pos[0]).split("\n")
    return fail(`:${before.length}:${(before.at(-1)?.length ?? 0) + 1}`, error.message)
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 0 })
  } catch (thrown) {
    return fail("", asDuckError(thrown).message)
  }
  const checked = Cases.safeParse(value)
  return checked.success ? checked.data : fail("", z.prettifyError(checked.error))
}

const longest = 1_000_000
function textAt(path: string): string | undefined {
  try {
    const stats = lstatSync(path)
    return stats.isFile() && stats.size <= longest ? readFileSync(path, "utf8") : undefined
  } catch {
    return undefined
  }
}

/** What a case fills its template with. */
export function fillingOf({ variables, rules, context }: PromptCase): Filling {
  const items = context.map(({ path, startLine, text, why, source }) => {
    const endLine = startLine + text.replace(/\n$/, "").split("\n").length - 1
    const place = { path, startLine, endLine }
    const title = `${path}:${startLine}-${endLine}`
    return {
      id: title,
      source,
      title,
      place,
      score: 1,
      why,
      form: "whole" as const,
      text,
      tokens: estimateTokens(text),
    }
  })
  const tokens = items.reduce((sum, item) => sum + item.tokens, 0)
  return {
    variables,
    rules,
    context: { items, left: [], tokens, budgetTokens: tokens, sources: [], tookMs: 0 },
  }
}

/** Messages as they are shown and compared: each with its role and section on a line before. */
export const messagesText = (messages: readonly Message[]): string =>
  messages.map((message) => `@${message.role} ${message.section ?? ""}\n${textOfMessage(message)}`).join("\n\n")

export const textOfMessage = ({ parts }: Message): string =>
  parts.map((part) => (part.kind === "text" ? part.text : "")).join("")

/** What is not as the case expects of the prompt; nothing where all is. */
export function faultsOfPrompt(messages: readonly Message[], tokens: number, { expect }: PromptCase): string[] {
  const text = messagesText(messages)
  const isOther = expect.snapshot !== undefined && expect.snapshot.trim() !== text.trim()
  return [...faultsOf(text, tokens, expect), ...(isOther ? ["it is not the snapshot"] : [])]
}

export function faultsOfAnswer(text: string, tokens: number, { answer }: PromptCase): string[] {
  if (!answer) return []
  return [...faultsOf(text, tokens, answer), ...(answer.isJson && !isJson(text) ? ["it is not JSON"] : [])]
}

function faultsOf(
  text: string,
  tokens: number,
  { contains, notContains, mostTokens }: Pick<PromptCase["expect"], "contains" | "notContains" | "mostTokens">,
): string[] {
  return [
    ...contains.filter((one) => !text.includes(one)).map((one) => `it lacks ${JSON.stringify(one)}`),
    ...notContains.filter((one) => text.includes(one)).map((one) => `it holds ${JSON.stringify(one)}`),
    ...(mostTokens !== undefined && tokens > mostTokens ? [`it has ${tokens} tokens, more than ${mostTokens}`] : []),
  ]
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
