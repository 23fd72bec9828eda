import { InvalidInputError } from "../../base/errors.ts"
import { didYouMean } from "../../base/suggest.ts"
import type { ManifestArgument, ManifestCommand } from "../manifest.ts"

export interface ReadLine {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

/** Words of a line: quotes hold blanks, a backslash takes the next character as it is. Nothing is expanded. */
function wordsIn(line: string): string[] {
  const words = line.match(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g) ?? []
  return words.map((word) =>
    word.replace(
      /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
      (_, escaped, double, single) => escaped ?? (double === undefined ? single : double.replace(/\\(.)/g, "$1")),
    ),
  )
}

/** A line as it is typed, `duck` in front or not, as a command and its input. Throws InvalidInputError. */
export function readLine(line: string, commands: readonly ManifestCommand[]): ReadLine {
  const words = wordsIn(line)
  if (words[0] === "duck") words.shift()
  const command = commands
    .filter(({ words: own }) => own.every((word, at) => words[at] === word))
    .sort((a, b) => b.words.length - a.words.length)[0]
  if (!command) {
    const near = didYouMean(
      words[0] ?? "",
      commands.map(({ words: own }) => own.join(" ")),
    )
    throw new InvalidInputError({
      message: `There is no command in "${line}".`,
      hint: near ?? "`duck help` lists them.",
    })
  }
  const input: Record<string, unknown> = {}
  const rest = words.slice(command.words.length)
  const places = command.arguments
    .filter(({ positional }) => positional !== undefined)
    .sort((a, b) => (a.positional ?? 0) - (b.positional ?? 0))
  let next = 0
  let onlyPlaces = false
  while (rest.length > 0) {
    const word = rest.shift() ?? ""
    if (word === "--" && !onlyPlaces) onlyPlaces = true
    else if (!onlyPlaces && /^-./.test(word)) takeFlag(word, rest, command, input)
    else {
      const place = places[Math.min(next, places.length - 1)]
      if (!place) throw new InvalidInputError({ message: `duck ${command.words.join(" ")} takes no "${word}".` })
      if (place.isRest && input[place.name] !== undefined) input[place.name] = `${String(input[place.name])} ${word}`
      else if (next >= places.length && !place.isVariadic)
        throw new InvalidInputError({ message: `duck ${command.words.join(" ")} has no place for "${word}".` })
      else put(input, place, word)
      next += 1
    }
  }
  return { name: command.name, input }
}

function takeFlag(word: string, rest: string[], command: ManifestCommand, input: Record<string, unknown>): void {
  const [flag = "", given] = word.split(/=(.*)/s, 2)
  const plain = command.arguments.find((one) => one.flag === flag || one.short === flag)
  const negated = command.arguments.find((one) => one.type === "boolean" && flag === one.flag.replace(/^--/, "--no-"))
  const argument = plain ?? negated
  if (!argument) {
    const near = didYouMean(
      flag,
      command.arguments.map((one) => one.flag),
    )
    throw new InvalidInputError({
      message: `duck ${command.words.join(" ")} has no option ${flag}.`,
      ...(near ? { hint: near } : {}),
    })
  }
  if (argument.type === "boolean") {
    if (given !== undefined) throw new InvalidInputError({ message: `${flag} takes no value.` })
    input[argument.name] = argument === plain
    return
  }
  const value = given ?? rest.shift()
  if (value === undefined) throw new InvalidInputError({ message: `${flag} needs a value.` })
  put(input, argument, value)
}

function put(input: Record<string, unknown>, { name, type }: ManifestArgument, value: string): void {
  if (type === "string[]") {
    const known = input[name]
    input[name] = [...(Array.isArray(known) ? known : []), value]
  } else input[name] = type === "number" ? Number(value) : value
}
