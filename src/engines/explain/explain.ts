import { InvalidInputError, NotFoundError } from "../../base/errors.ts"
import { count } from "../../base/text.ts"
import type { CodeIndex, Definition } from "../../code/code-index.ts"
import { testsOf } from "../ask/impact.ts"
import {
  calleeConnection,
  commitNote,
  connectionOf,
  firstSentence,
  isKnown,
  quoteDefinition,
  quoteLines,
} from "../ask/quoting.ts"
import { definitionOf, nameOf } from "../ask/target.ts"
import { type Explanation, emptyExplanation, type OutlineEntry } from "./explanation.ts"

interface Deps {
  readonly index: CodeIndex
  readonly signal?: AbortSignal
}

/**
 * Explains `target`: a path, `path:line`, `path:start-end`, a name, or `Class.method`. Throws NotFoundError with the nearest
 * names when the index has nothing of that name, InvalidInputError for lines that the file does not have.
 */
export async function explain(target: string, { index, signal }: Deps): Promise<Explanation> {
  const place = placeOf(target.trim(), index)
  if (place && place.startLine === undefined) return explainFile(place.path, { index, ...(signal && { signal }) })
  if (place?.startLine !== undefined) {
    const endLine = place.endLine ?? place.startLine
    await checkLines(place.path, place.startLine, endLine, index)
    const definition = place.startLine === endLine ? await index.symbolAt(place.path, place.startLine) : null
    if (definition) return explainSymbol(target, definition, [], { index, ...(signal && { signal }) })
    return explainRange(place.path, place.startLine, endLine, { index, ...(signal && { signal }) })
  }
  const { items } = await index.definitions(target.trim())
  const [first, ...others] = items
  if (!first) throw await nothingCalled(target, { index, ...(signal && { signal }) })
  return explainSymbol(target, first, others, { index, ...(signal && { signal }) })
}

interface NamedPlace {
  readonly path: string
  readonly startLine?: number
  readonly endLine?: number
}

function placeOf(target: string, index: CodeIndex): NamedPlace | null {
  const match = /^(?:\.\/)?(.+?)(?::(\d+)(?:-(\d+))?)?$/.exec(target)
  const path = match?.[1]
  if (path === undefined) return null
  const files = index.files()
  const ending = files.filter((file) => file.endsWith(`/${path}`))
  const found = files.includes(path) ? path : ending.length === 1 ? ending[0] : undefined
  if (found === undefined) return null
  return {
    path: found,
    ...(match?.[2] !== undefined && { startLine: Number(match[2]) }),
    ...(match?.[3] !== undefined && { endLine: Number(match[3]) }),
  }
}

async function checkLines(path: string, startLine: number, endLine: number, index: CodeIndex): Promise<void> {
  const text = (await index.text(path)) ?? ""
  const lines = text.split("\n").length - (text.endsWith("\n") ? 1 : 0)
  if (startLine >= 1 && startLine <= endLine && startLine <= lines) return
  throw new InvalidInputError({
    code: "LINES_OUT_OF_RANGE",
    message: `${path} has ${count(lines, "line")}; ${startLine}-${endLine} are not among them.`,
    hint: `Name lines from 1 to ${lines}, or the file alone: duck explain ${path}`,
  })
}

async function nothingCalled(target: string, { index, signal }: Deps): Promise<NotFoundError> {
  const folder = target.trim().replace(/^\.\/|\/+$/g, "")
  const inside = index.files(folder)
  if (folder !== "" && inside.length > 0)
    return new NotFoundError({
      code: "TARGET_IS_FOLDER",
      message: `${folder} is a folder, of ${count(inside.length, "file")}.`,
      hint: `Name a file in it, such as ${inside[0]}; \`duck explain .\` explains the project, --member a member of a workspace.`,
    })
  const answer = await index.search({ text: target, limit: 5 }, signal)
  const found = await Promise.all(answer.hits.map((hit) => definitionOf(hit, index)))
  const similar = found
    .filter((definition) => definition !== null)
    .map(({ name, path, nameLine }) => ({ name, path, line: nameLine }))
  const nearest = [...answer.nearest, ...similar].slice(0, 5)
  const names = nearest.map((near) => `${near.name} (${near.path}:${near.line})`)
  return new NotFoundError({
    code: "TARGET_NOT_FOUND",
    message: `Nothing in this tree is called “${target}”: no file, and no definition.`,
    hint: names.length > 0 ? `Did you mean ${names.join(", ")}?` : `Search for it: duck search "${target}"`,
    details: { nearest },
  })
}

async function explainFile(path: string, { index, signal }: Deps): Promise<Explanation> {
  const [outline, imports, importers, tests, history, text] = await Promise.all([
    index.outline(path),
    index.importsOf(path),
    index.importersOf(path),
    index.testsOf(path),
    index.historyOf(path, { limit: 5, ...(signal && { signal }) }),
    index.text(path),
  ])
  const lines = (text ?? "").replace(/\n$/, "").split("\n").length
  const head = await quoteLines(path, 1, Math.min(lines, 12), index, "how it begins")
  const top = outline.items.filter((definition) => definition.within.length === 0)
  return {
    ...emptyExplanation(path, "file", index),
    path,
    endLine: lines,
    headline: `${path}: ${count(lines, "line")}, ${describe(top)}. Imported by ${count(importers.items.length, "file")}, tested by ${count(tests.items.length, "file")}.`,
    passage: head,
    outline: outline.items.map(outlineEntry),
    imports: imports.items.map((edge) => ({ module: edge.module, line: edge.line, to: [...edge.to] })),
    importedBy: importers.items.map((edge) => ({ path: edge.path, line: edge.line })),
    tests: testsOf({ tests: tests.items }),
    history: history.items.map(commitNote),
    followUps: [...top.slice(0, 2).map((d) => `duck explain ${path}:${d.nameLine}`), `duck impact ${path}`],
  }
}

async function explainSymbol(
  target: string,
  definition: Definition,
  others: readonly Definition[],
  { index, signal }: Deps,
): Promise<Explanation> {
  const reference = `${definition.path}:${definition.nameLine}`
  const lines = { startLine: definition.startLine, endLine: definition.endLine }
  const [callers, callees, tests, history, outline] = await Promise.all([
    index.callers(reference),
    index.callees(reference),
    index.testsOf(reference),
    index.historyOf(definition.path, { lines, limit: 5, ...(signal && { signal }) }),
    index.outline(definition.path),
  ])
  const inside = outline.items.filter(
    (d) => d.startLine >= lines.startLine && d.endLine <= lines.endLine && d.nameLine !== definition.nameLine,
  )
  const resolved = callees.items.filter(isKnown)
  const says = firstSentence(definition.doc)
  return {
    ...emptyExplanation(target, "symbol", index),
    path: definition.path,
    ...lines,
    headline: `\`${nameOf(definition)}\` is ${article(definition)} in ${reference}.${says === "" ? "" : ` It says of itself: “${says}”`} Called from ${count(callers.items.length, "place")}; calls ${count(resolved.length, "definition")} of this tree.`,
    doc: definition.doc,
    passage: await quoteDefinition(definition, index, { note: definition.signature, lines: 40 }),
    outline: inside.map(outlineEntry),
    others: others.map((other) => ({ name: nameOf(other), path: other.path, line: other.nameLine })),
    callers: callers.items.map(connectionOf),
    callees: resolved.map((callee) => calleeConnection(definition, callee)),
    tests: testsOf({ tests: tests.items }),
    history: history.items.map(commitNote),
    followUps: [`duck impact ${nameOf(definition)}`, `duck ask "who changed ${reference} and why"`],
  }
}

async function explainRange(
  path: string,
  startLine: number,
  endLine: number,
  { index, signal }: Deps,
): Promise<Explanation> {
  const [outline, history, passage] = await Promise.all([
    index.outline(path),
    index.historyOf(path, { lines: { startLine, endLine }, limit: 5, ...(signal && { signal }) }),
    quoteLines(path, startLine, endLine, index, "these lines"),
  ])
  const touched = outline.items.filter((d) => d.startLine <= endLine && d.endLine >= startLine)
  const innermost = touched.at(-1)
  const callees = innermost ? (await index.callees(`${path}:${innermost.nameLine}`)).items : []
  const here = callees.filter(isKnown).filter((callee) => callee.line >= startLine && callee.line <= endLine)
  return {
    ...emptyExplanation(`${path}:${startLine}-${endLine}`, "range", index),
    ...{ path, startLine, endLine },
    headline: innermost
      ? `${path}:${startLine}-${endLine} is part of ${touched.map((d) => `\`${nameOf(d)}\``).join(", ")}.`
      : `${path}:${startLine}-${endLine} stands outside every definition of the file.`,
    passage,
    outline: touched.map(outlineEntry),
    callees: innermost ? here.map((callee) => calleeConnection(innermost, callee)) : [],
    history: history.items.map(commitNote),
    followUps: innermost ? [`duck explain ${path}:${innermost.nameLine}`] : [`duck explain ${path}`],
  }
}

function outlineEntry(definition: Definition): OutlineEntry {
  return {
    name: nameOf(definition),
    kind: definition.kind,
    startLine: definition.startLine,
    endLine: definition.endLine,
    signature: definition.signature,
    says: firstSentence(definition.doc),
    depth: definition.within.length,
  }
}

function describe(definitions: readonly Definition[]): string {
  if (definitions.length === 0) return "no definitions"
  const kinds = new Map<string, number>()
  for (const { kind } of definitions) kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  return [...kinds].map(([kind, n]) => count(n, kind, plural(kind))).join(", ")
}

const plural = (kind: string) =>
  kind.endsWith("s") ? `${kind}es` : kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`

function article({ kind, isExported }: Definition): string {
  const words = `${isExported ? "exported " : ""}${kind}`
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`
}
