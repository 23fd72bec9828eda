import type { Catalogue } from "./catalogue.ts"

/**
 * The prompt that `/name args` stands for; undefined where there is no such command or skill. `$ARGUMENTS` is all that was
 * typed, `$1` to `$9` its words (quotes keep some together); arguments that the template has no place for stand below it.
 */
export function expandSlash(
  { commands, skills }: Pick<Catalogue, "commands" | "skills">,
  name: string,
  args: string,
): string | undefined {
  const template = commands.get(name)?.template ?? skills.get(name)?.body
  if (template === undefined) return undefined
  const words = wordsOf(args)
  let isPlaced = false
  const text = template.replaceAll(/\$(?:ARGUMENTS\b|([1-9])(?!\d))/g, (_place, word?: string) => {
    isPlaced = true
    return word === undefined ? args : (words[Number(word) - 1] ?? "")
  })
  return isPlaced || args.trim() === "" ? text : `${text}\n\n${args}`
}

const wordsOf = (args: string) =>
  [...args.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, double, single, bare]) => double ?? single ?? bare ?? "")
