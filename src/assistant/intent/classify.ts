import { fitOf } from "./fit.ts"
import { type Ground, type Offered, wordsOf } from "./offered.ts"

/** What a line is. `line`: a command line without `duck`, in the words that were typed. */
export type Intent =
  | { readonly kind: "question" }
  | { readonly kind: "command"; readonly line: string; readonly changes: boolean }
  | { readonly kind: "both"; readonly line: string; readonly changes: boolean; readonly question: string }

/** `unsure`: it may mean a command, in words that rules don't understand. Until somebody knows better it is a question. */
export type RuleIntent = Intent | { readonly kind: "unsure" }

/** Other words for the first word of a command. */
const sameWords: Readonly<Record<string, string>> = { analyse: "analyze", find: "search", "look for": "search" }
const asked =
  /^(what|why|how|when|where|who|whose|which|whether|is|are|was|were|am|does|do|did|has|have|had|should|would|will|may|might|i|i'm|i'd|we|the|there|it|this|that|maybe|perhaps|if|because|but|no|yes|ok|thanks)\b/i
const polite = /^(please|now|then|first|(can|could|would) you( please)?|let's|let us|go and|i want you to)\s+/i
const showing = /^(show|display|print|list|give)( me| us)?\s+/i
const article = /^(the|my|our|all|all the|current|its)\s+/i
/** Where one thing ends and the next begins. */
const joint = /\s*(?:[,;]\s*(?:and\s+then|and|then)?|\.\s+(?:then\s+)?|\band\s+then\b|\band\b|\bthen\b)\s+/gi
/** How one goes on that is for the assistant. */
const goesOn =
  /^(tell|explain|say|show me|list|describe|summari[sz]e|suggest|recommend|propose|point out|rank|pick|choose|decide|check|see|look|let me know|give me|help|fix|write|make|compare|what|which|why|how|where|who|when|is|are|does|do|should|can|could|would)\b/i

const mostChars = 400

/**
 * What a line is, by rule. A line is a command only if it is written as one: words of the registry, and arguments that
 * name what is there. Whatever reads as a sentence is a question, so that nothing is run that was only talked about; one
 * that would change something must name what is there, or begin with `duck`.
 */
export function classify(text: string, commands: readonly Offered[], ground: Ground): RuleIntent {
  const line = text.trim()
  if (line === "" || line.length > mostChars || /\n/.test(line)) return { kind: "question" }
  const explicit = /^duck\s+(?=\S)/.exec(line)
  if (explicit) return commandIn(line.slice(explicit[0].length), commands, ground, true) ?? { kind: "question" }
  if (/\?$/.test(line)) return { kind: "question" }
  const wish = line.replace(polite, "")
  const plain = wish.replace(/[.!]$/, "")
  const whole = commandIn(plain, commands, ground) ?? shownThing(plain, commands)
  if (whole) return whole
  if (asked.test(wish)) return { kind: "question" }
  for (const { index, 0: sign } of plain.matchAll(joint)) {
    const question = plain.slice(index + sign.length).trim()
    const first = commandIn(plain.slice(0, index), commands, ground)
    if (first && goesOn.test(question)) return { ...first, kind: "both", question }
  }
  return mayMean(wish, commands) ? { kind: "unsure" } : { kind: "question" }
}

/** Whether a look at the project could make a command of it: most lines need none. */
export const mayBeCommand = (text: string, commands: readonly Offered[]): boolean =>
  /^\s*duck\s/.test(text) || mayMean(text.trim().replace(polite, ""), commands)

function commandIn(
  text: string,
  commands: readonly Offered[],
  ground: Ground,
  isExplicit = false,
): Extract<Intent, { kind: "command" }> | undefined {
  for (const words of readings(text)) {
    // The longest name first: `index status` before `index`.
    const named = commands
      .filter((command) => command.words.every((word, at) => words[at]?.toLowerCase() === word))
      .sort((a, b) => b.words.length - a.words.length)
    for (const command of named) {
      const rest = words.slice(command.words.length)
      const how = fitOf(command, rest, ground)
      const changes = command.permission !== "read"
      const isMeant = isExplicit
        ? how !== undefined
        : changes
          ? how === "grounded" && rest.length > 0
          : how !== "spoken"
      if (how !== undefined && isMeant) return { kind: "command", line: [...command.words, ...rest].join(" "), changes }
    }
  }
  return undefined
}

/** The words as they are, with another word for the first, and without a "for" after it. */
function readings(text: string): readonly string[][] {
  const words = wordsOf(text)
  const two = words.slice(0, 2).join(" ").toLowerCase()
  const one = (words[0] ?? "").toLowerCase()
  const same = sameWords[two] ?? sameWords[one]
  const read = same === undefined ? words : [same, ...words.slice(sameWords[two] === undefined ? 1 : 2)]
  const plain = read[1] === "for" ? [[read[0] ?? "", ...read.slice(2)]] : []
  return [...plain, read]
}

/** "show the index status", "list sessions": a command that only shows, named by its words or its group. */
function shownThing(text: string, commands: readonly Offered[]): Extract<Intent, { kind: "command" }> | undefined {
  const begin = showing.exec(text)
  if (!begin) return undefined
  const thing = text.slice(begin[0].length).replace(article, "").toLowerCase().split(/\s+/)
  const found = commands.find(
    ({ words, permission, arguments: all }) =>
      permission === "read" &&
      !all.some(({ isRequired }) => isRequired) &&
      (words.join(" ") === thing.join(" ") ||
        (thing.length === 1 && words[1] === "list" && isGroup(thing[0], words[0]))),
  )
  return found && { kind: "command", line: found.words.join(" "), changes: false }
}

const isGroup = (said: string | undefined, group: string | undefined) => said === group || said === `${group}s`

/** It begins as a command that only shows something does, or asks to be shown something. */
function mayMean(text: string, commands: readonly Offered[]): boolean {
  if (wordsOf(text).length > 25) return false
  return (
    readings(text).some(([first = ""]) => commands.some(({ words }) => words[0] === first.toLowerCase())) ||
    showing.test(text)
  )
}
