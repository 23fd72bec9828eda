import { isKeyword, isName } from "../../code/tokens.ts"
import type { Cursor } from "./cursor.ts"
import type { Lexicon } from "./lexicon.ts"
import { namesAround } from "./scope.ts"

/** A token that may come next. */
export interface Likely {
  readonly text: string
  /** 0 to 1, among those that fit what was typed. */
  share: number
  /** What speaks for it: "written so here", "usual in this project", "in scope"... */
  readonly why: string
}

/** Parts of the mixture; they add up to 1. */
const mixture = { here: 0.42, project: 0.33, scope: 0.22, anywhere: 0.03 }
/** One token more that agrees makes a place count so many times as much. */
const trust = 3
const mostBack = 6
const otherCase = 0.5
const outOfScope = 0.01
/** Tokens of the context. */
const contextTokens = 8

/** Names that may stand at the cursor, the likeliest first: those that begin as typed, in either case. */
export function likelyNames(cursor: Cursor, lexicon: Lexicon | undefined): readonly Likely[] {
  const { typed, kind } = cursor
  const around = namesAround(cursor)
  const seen = kind === "member" ? around.members : around.names
  const isAskedFor = beginning(typed)
  const found = new Map<string, { share: number; why: string; most: number }>()
  const mix = (weights: ReadonlyMap<string, number>, part: number, why: string) => {
    let sum = 0
    for (const weight of weights.values()) sum += weight
    if (sum === 0) return
    for (const [text, weight] of weights) {
      if (!isAskedFor(text)) continue
      const share = (part * weight) / sum
      const known = found.get(text) ?? { share: 0, why, most: 0 }
      if (share > known.most) {
        known.most = share
        known.why = why
      }
      known.share += share
      found.set(text, known)
    }
  }
  mix(onlyNames(habitsHere(cursor)), mixture.here, "written so in this file")
  const scope = new Map([...seen].map(([text, { weight }]) => [text, weight]))
  mix(scope, mixture.scope, kind === "member" ? "a member in this file" : "in scope")
  if (lexicon) {
    const usual = usualNext(cursor, lexicon)
    mix(onlyNames(usual), mixture.project, "usual in this project")
    // How often a name is written anywhere decides between those that nothing else is known of.
    const known = new Map(
      [...found.keys()].map((text) => [text, Math.log1p(lexicon.habits.countOf(lexicon.idOf(text) ?? 0))]),
    )
    mix(known, mixture.anywhere, "often in this project")
  }
  // What other files define or write as well is no local name of a block that is closed.
  const isLocal = (text: string) => !isKeyword(text) && (lexicon?.definitionsOf(text).length ?? 0) === 0
  return [...found]
    .map(([text, { share, why }]) => {
      const isOutOfScope = kind === "name" && seen.get(text)?.isHidden === true && isLocal(text)
      const fit = (text.startsWith(typed) ? 1 : otherCase) * (isOutOfScope ? outOfScope : 1)
      return { text, why, share: share * fit }
    })
    .filter(({ text }) => text !== typed)
    .sort((a, b) => b.share - a.share || (a.text < b.text ? -1 : 1))
}

/** Whether a name begins with what was typed, in either case. */
export const beginning = (typed: string) => {
  const folded = typed.toLowerCase()
  return (text: string) => text.length >= folded.length && text.toLowerCase().startsWith(folded)
}

function onlyNames(weights: ReadonlyMap<string, number>): Map<string, number> {
  return new Map([...weights].filter(([text]) => isName(text)))
}

/** What followed the same tokens elsewhere in this file; those that agree further back count for more. */
function habitsHere({ before, behind }: Cursor): Map<string, number> {
  const found = new Map<string, number>()
  const last = before.at(-1)?.text
  if (last === undefined) return found
  const context = before.slice(-contextTokens).map(({ text }) => text)
  const look = (tokens: Cursor["before"]) => {
    for (let at = 1; at < tokens.length; at++) {
      if (tokens[at - 1]?.text !== last) continue
      let agree = 1
      while (agree < mostBack && agree < context.length && tokens[at - 1 - agree]?.text === context.at(-1 - agree))
        agree++
      const text = tokens[at]?.text ?? ""
      found.set(text, (found.get(text) ?? 0) + trust ** (agree - 1))
    }
  }
  look(before)
  look(behind)
  return found
}

/** What follows the same tokens in the project's other files. */
export function usualNext({ before, path }: Pick<Cursor, "before" | "path">, lexicon: Lexicon): Map<string, number> {
  const context = before.slice(-contextTokens).map(({ text }) => lexicon.idOf(text) ?? -1)
  const after = lexicon.habits.after(context, lexicon.placeOf(path))
  return new Map([...after].map(([id, { weight }]) => [lexicon.textOf(id), weight]))
}
