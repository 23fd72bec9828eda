import { count } from "../../base/text.ts"
import type { CodeIndex, SearchAnswer } from "../../code/code-index.ts"
import type { Draft } from "./answer.ts"
import { type Question, subjectWords } from "./question.ts"
import { quoteDefinition, quoteHit } from "./quoting.ts"
import { namedTarget, nameOf } from "./target.ts"

/** "Where is …": the definition, when one is named; else the places that say most about the words. */
export async function where(question: Question, index: CodeIndex, signal?: AbortSignal): Promise<Draft> {
  const target = await namedTarget(question, index)
  if (!target?.definition) return passagesFor(question, index, signal)
  const places = [target.definition, ...target.others]
  const passages = await Promise.all(
    places.slice(0, 3).map((place) => quoteDefinition(place, index, { note: `defines ${nameOf(place)}` })),
  )
  const { items: uses } = await index.references(target.reference)
  const also = target.others.length > 0 ? ` The name is defined in ${count(places.length, "place")}.` : ""
  return {
    isFound: true,
    target: { label: target.label, path: target.path, line: target.definition.nameLine, isAssumed: false },
    headline: `\`${target.label}\` is a ${target.definition.kind} in ${target.path}:${target.definition.nameLine}, used in ${count(uses.length, "place")}.${also}`,
    passages: passages.filter((passage) => passage !== null),
    followUps: [
      `duck explain ${target.path}:${target.definition.nameLine}`,
      `duck ask "what calls ${target.definition.name}"`,
    ],
  }
}

/** The best passages for a question that names nothing; also what "about" questions get. */
export async function passagesFor(question: Question, index: CodeIndex, signal?: AbortSignal): Promise<Draft> {
  const answer = await index.search({ text: question.subject, limit: 8 }, signal)
  if (answer.hits.length === 0) return nothingFound(question, answer)
  const words = subjectWords(question)
  const passages = answer.hits.slice(0, 4).map((hit) => quoteHit(hit, words))
  const first = answer.hits[0]
  const rest = [...new Set(answer.hits.map((hit) => hit.path))].filter((path) => path !== first?.path).slice(0, 3)
  const place = passages[0]
  const inside = place?.name ? `, in \`${place.name}\`` : ""
  return {
    isFound: true,
    headline: `Most likely ${place?.path}:${place?.startLine}${inside}.${rest.length > 0 ? ` Also look at ${rest.join(", ")}.` : ""}`,
    passages,
    history: [],
    followUps: place ? [`duck explain ${place.path}:${place.marked[0] ?? place.startLine}`] : [],
  }
}

export function nothingFound(
  question: Question,
  { nearest, understood }: Pick<SearchAnswer, "nearest" | "understood">,
): Draft {
  const searched = understood.words.length > 0 ? ` (searched for ${understood.words.join(", ")})` : ""
  return {
    isFound: false,
    headline: `Nothing in this tree speaks of “${question.subject}”${searched}.`,
    nearest: nearest.map(({ name, path, line }) => ({ name, path, line })),
    followUps: nearest.slice(0, 2).map(({ name }) => `duck ask "where is ${name}"`),
  }
}
