import type { CodeIndex, Definition, SearchHit } from "../../code/code-index.ts"
import { isTestPath } from "../../code/graph/families.ts"
import type { Place, Question } from "./question.ts"
import { looksLikeCode, subjectWords } from "./question.ts"

/** What a question is about: a definition, or a file (with lines). */
export interface Target {
  /** For a person: `Log.append`, or a path. */
  readonly label: string
  /** For the index: `path:line`, or a path. */
  readonly reference: string
  readonly path: string
  readonly startLine: number
  readonly endLine: number
  readonly definition: Definition | null
  /** Not named by the question: the best match for its words. */
  readonly isAssumed: boolean
  /** Other definitions of the same name. */
  readonly others: readonly Definition[]
}

/** A target that the question names, by path or by identifier; null where it names none that is there. */
export async function namedTarget(question: Question, index: CodeIndex): Promise<Target | null> {
  for (const place of question.places) {
    const target = await placeTarget(place, index)
    if (target) return target
  }
  for (const name of candidateNames(question)) {
    const { items } = await index.definitions(name)
    const [best, ...others] = [...items].sort(byImportance)
    if (best) return definitionTarget(best, { others })
  }
  return null
}

/** The named target, else the definition that the search finds first for the subject. */
export async function likelyTarget(question: Question, index: CodeIndex, signal?: AbortSignal): Promise<Target | null> {
  const named = await namedTarget(question, index)
  if (named) return named
  const { hits } = await index.search({ text: question.subject, limit: 5 }, signal)
  for (const hit of hits) {
    const definition = isTestPath(hit.path) ? null : await definitionOf(hit, index)
    if (definition && definition.kind !== "section") return definitionTarget(definition, { isAssumed: true })
  }
  const first = hits[0]
  return first ? fileTarget(first.path, { startLine: first.startLine, endLine: first.endLine }, true) : null
}

export function definitionTarget(
  definition: Definition,
  { isAssumed = false, others = [] }: { isAssumed?: boolean; others?: readonly Definition[] } = {},
): Target {
  return {
    label: nameOf(definition),
    reference: `${definition.path}:${definition.nameLine}`,
    path: definition.path,
    startLine: definition.startLine,
    endLine: definition.endLine,
    definition,
    isAssumed,
    others,
  }
}

/** The definition that a hit is, or is part of; null for what stands outside of any. */
export async function definitionOf(hit: SearchHit, index: CodeIndex): Promise<Definition | null> {
  const { items } = await index.outline(hit.path)
  const named = items.find((d) => d.name === hit.name && d.nameLine >= hit.startLine && d.nameLine <= hit.endLine)
  return named ?? index.symbolAt(hit.path, hit.textLine)
}

export const nameOf = (definition: Definition): string => [...definition.within, definition.name].join(".")

async function placeTarget(place: Place, index: CodeIndex): Promise<Target | null> {
  const files = index.files()
  const path = files.includes(place.path)
    ? place.path
    : onlyOne(files.filter((file) => file.endsWith(`/${place.path}`)))
  if (path === undefined) return null
  if (place.startLine === undefined) return fileTarget(path, undefined, false)
  const lines = { startLine: place.startLine, endLine: place.endLine ?? place.startLine }
  const definition = place.startLine === lines.endLine ? await index.symbolAt(path, place.startLine) : null
  return definition ? definitionTarget(definition) : fileTarget(path, lines, false)
}

function fileTarget(
  path: string,
  lines: { startLine: number; endLine: number } | undefined,
  isAssumed: boolean,
): Target {
  return {
    label: lines ? `${path}:${lines.startLine}-${lines.endLine}` : path,
    reference: path,
    path,
    startLine: lines?.startLine ?? 1,
    endLine: lines?.endLine ?? Number.MAX_SAFE_INTEGER,
    definition: null,
    isAssumed,
    others: [],
  }
}

/** Names as written; "the token bucket" also as tokenBucket, TokenBucket and token_bucket. */
function candidateNames(question: Question): string[] {
  const words = subjectWords(question)
  const names = question.names.filter((name) => looksLikeCode(name) || isQuoted(question, name))
  if (words.length >= 2 && words.length <= 4) {
    const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join("")
    names.push(pascal.charAt(0).toLowerCase() + pascal.slice(1), pascal, words.join("_"))
  }
  if (words.length === 1) names.push(...question.names)
  // One plain word among several ("the retry helper") names a definition only where the question is for callers or impact.
  else if (question.kind === "callers" || question.kind === "impact" || question.kind === "tests")
    names.push(...question.names)
  return [...new Set(names)]
}

const isQuoted = (question: Question, name: string) =>
  ["`", "'", '"'].some((mark) => question.text.includes(mark + name))
const onlyOne = <T>(items: readonly T[]): T | undefined => (items.length === 1 ? items[0] : undefined)

function byImportance(a: Definition, b: Definition): number {
  const weight = (d: Definition) =>
    (isTestPath(d.path) ? 4 : 0) + (d.isExported ? 0 : 1) + (d.kind === "variable" ? 1 : 0)
  return weight(a) - weight(b)
}
