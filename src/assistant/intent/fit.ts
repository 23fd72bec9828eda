import { type Ground, type Offered, type OfferedArgument, unquoted } from "./offered.ts"

/**
 * How well words fit what a command takes. `grounded`: each names something that is there (a path, a symbol, a number, a
 * choice, an id), or an option was written out; `loose`: a few words of free text that don't read as a sentence; `spoken`:
 * free text of any kind; undefined: they don't fit.
 */
export type Fit = "grounded" | "loose" | "spoken"

/** Most words of free text that still look like what a command is given. */
const mostLooseWords = 5

/** Words that belong to sentences, and not to what one searches for. */
const sentenceWords = new Set(
  `a an the this that these those it its is are was were be been am do does did done doing has have had can could should
  would will may might must i you he she we they me him her us them my your our their not no please if because when while
  before after than so too very just also still only why how what which who whose where whether there here let make sure
  always never instead seems looks fails failing broken works working again me everything something anything nothing don't
  doesn't didn't isn't can't won't shouldn't`.split(/\s+/),
)

export function fitOf(command: Offered, words: readonly string[], ground: Ground): Fit | undefined {
  const slots = command.arguments
    .filter(({ positional }) => positional !== undefined)
    .sort((a, b) => (a.positional ?? 0) - (b.positional ?? 0))
  const values: string[] = []
  let hasOption = false
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? ""
    if (!/^--?[a-z]/i.test(word)) {
      values.push(word)
      continue
    }
    const [flag = "", value] = word.split("=", 2)
    const option = command.arguments.find((one) => one.flag === flag || one.short === flag)
    if (!option) return undefined
    hasOption = true
    if (option.type === "boolean" || value !== undefined) continue
    at++
    if (words[at] === undefined) return undefined
  }
  let worst: Fit = "grounded"
  for (const slot of slots) {
    const taken = slot.isRest || slot.isVariadic ? values.splice(0) : values.splice(0, 1)
    if (taken.length === 0 && slot.isRequired) return undefined
    const one = taken.length === 0 ? "grounded" : slotFit(slot, taken, ground)
    if (one === undefined) return undefined
    if (rank[one] > rank[worst]) worst = one
  }
  if (values.length > 0) return undefined
  return hasOption && worst !== "spoken" ? "grounded" : worst
}

const rank: Readonly<Record<Fit, number>> = { grounded: 0, loose: 1, spoken: 2 }

function slotFit(slot: OfferedArgument, taken: readonly string[], ground: Ground): Fit | undefined {
  const words = taken.map(unquoted)
  if (slot.choices) return words.every((word) => slot.choices?.includes(word)) ? "grounded" : undefined
  if (slot.type === "number") return words.every((word) => /^-?\d+(\.\d+)?$/.test(word)) ? "grounded" : undefined
  if (slot.type === "boolean") return words.every((word) => /^(true|false)$/.test(word)) ? "grounded" : undefined
  if (words.every((word) => isReal(word, ground))) return "grounded"
  if (!slot.isRest) return /\s/.test(words.join("")) || words.length > 1 ? undefined : "spoken"
  // Who quotes, means these words.
  if (taken.length === 1 && taken[0] !== words[0]) return "loose"
  const isSentence =
    words.length > mostLooseWords ||
    words.some((word) => sentenceWords.has(word.toLowerCase()) || /[?!.,;:]$/.test(word))
  return isSentence ? "spoken" : "loose"
}

/** A path, a symbol, a place in a file, a number, or the beginning of one of our ids. */
const isReal = (word: string, { paths, symbols }: Ground): boolean =>
  paths.has(word) || symbols.has(word) || /^\d+$/.test(word) || /^0[0-9A-HJKMNP-TV-Z]{3,25}$/i.test(word)
