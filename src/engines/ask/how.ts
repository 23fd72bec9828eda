import type { CodeIndex, Definition, SearchHit } from "../../code/code-index.ts"
import { isTestPath } from "../../code/graph/families.ts"
import type { Connection, Draft, Passage } from "./answer.ts"
import { type Question, subjectWords } from "./question.ts"
import {
  calleeConnection,
  commitNote,
  connectionOf,
  firstSentence,
  isKnown,
  type KnownCallee,
  quoteDefinition,
  quoteHit,
} from "./quoting.ts"
import { definitionOf, namedTarget, nameOf } from "./target.ts"
import { nothingFound } from "./where.ts"

const maxPassages = 5

/** "How does … work": the centre of it, the steps it takes, what they say of themselves, and how they hang together. */
export async function how(question: Question, index: CodeIndex, signal?: AbortSignal): Promise<Draft> {
  const words = subjectWords(question)
  const target = await namedTarget(question, index)
  const answer = await index.search({ text: question.subject, limit: 10 }, signal)
  const hits = answer.hits
  if (!target && hits.length === 0) return nothingFound(question, answer)

  const centre = target?.definition ?? (await firstDefinition(hits, index))
  const callees = centre ? await projectCallees(centre, index) : []
  const steps = callees.map((callee) => callee.to)
  const centrePassage = centre && (await quoteDefinition(centre, index, { words, note: centreNote(centre), lines: 24 }))
  const stepPassages = await Promise.all(
    steps
      .slice(0, 2)
      .map((step) => quoteDefinition(step, index, { words, note: `a step of ${nameOf(centre ?? step)}` })),
  )
  const passages = distinct([centrePassage, ...hits.slice(0, 4).map((hit) => quoteHit(hit, words)), ...stepPassages])
  const connections = centre
    ? [...callees.map((callee) => calleeConnection(centre, callee)), ...(await callersOf(centre, index))]
    : []
  const commits = uniqueBySha(hits.flatMap((hit) => hit.commits ?? [])).slice(0, 3)
  return {
    isFound: true,
    target: centre && {
      label: nameOf(centre),
      path: centre.path,
      line: centre.nameLine,
      isAssumed: target?.definition == null,
    },
    headline: headlineOf(centre, steps, hits[0]),
    passages: passages.slice(0, maxPassages),
    connections,
    history: commits.map(commitNote),
    followUps: centre
      ? [`duck explain ${centre.path}:${centre.nameLine}`, `duck ask "what calls ${centre.name}"`]
      : hits.slice(0, 1).map((hit) => `duck explain ${hit.path}`),
  }
}

const explaining = new Set([
  "function",
  "method",
  "constructor",
  "class",
  "interface",
  "struct",
  "trait",
  "module",
  "macro",
  "type",
  "enum",
])

async function firstDefinition(hits: readonly SearchHit[], index: CodeIndex): Promise<Definition | null> {
  for (const hit of hits.slice(0, 5)) {
    if (isTestPath(hit.path) || !explaining.has(hit.kind)) continue
    const definition = await definitionOf(hit, index)
    if (definition && explaining.has(definition.kind)) return definition
  }
  return null
}

/** What a definition calls in this tree, each once, in the order of the calls. */
async function projectCallees(centre: Definition, index: CodeIndex): Promise<KnownCallee[]> {
  const { items } = await index.callees(`${centre.path}:${centre.nameLine}`)
  const seen = new Set<string>([keyOf(centre)])
  return items.filter(isKnown).filter((callee) => {
    if (callee.confidence < 0.4 || seen.has(keyOf(callee.to))) return false
    seen.add(keyOf(callee.to))
    return true
  })
}

async function callersOf(centre: Definition, index: CodeIndex): Promise<Connection[]> {
  const { items } = await index.callers(`${centre.path}:${centre.nameLine}`)
  const code = items.filter((use) => !isTestPath(use.path))
  return code.slice(0, 5).map(connectionOf)
}

function headlineOf(centre: Definition | null, steps: readonly Definition[], hit: SearchHit | undefined): string {
  if (!centre) return `The best passages are in ${hit?.path}:${hit?.startLine}.`
  const says = firstSentence(centre.doc)
  const quoted = says === "" ? "" : ` It says of itself: “${says}”`
  const calls =
    steps.length === 0
      ? ""
      : ` It relies on ${steps
          .slice(0, 5)
          .map((step) => `\`${step.name}\``)
          .join(", ")}.`
  return `The centre is the ${centre.kind} \`${nameOf(centre)}\` in ${centre.path}:${centre.nameLine}.${quoted}${calls}`
}

const centreNote = (centre: Definition) => firstSentence(centre.doc) || "the centre of it"
const keyOf = (definition: Definition) => `${definition.path}:${definition.nameLine}:${definition.name}`

/** Passages without repeats: of two that overlap the first stays. */
function distinct(passages: readonly (Passage | null | undefined)[]): Passage[] {
  const kept: Passage[] = []
  for (const passage of passages) {
    if (!passage) continue
    const overlaps = kept.some(
      (other) =>
        other.path === passage.path && other.startLine <= passage.endLine && passage.startLine <= other.endLine,
    )
    if (!overlaps) kept.push(passage)
  }
  return kept
}

function uniqueBySha<T extends { readonly sha: string }>(commits: readonly T[]): T[] {
  return [...new Map(commits.map((commit) => [commit.sha, commit])).values()]
}
