import type { CommandAnswer } from "../../base/wire.ts"
import type { Manifest } from "../../commands/manifest.ts"
import { slashNames } from "./slash.ts"

type Suggestions = { readonly files: readonly string[]; readonly symbols: readonly { readonly name: string }[] }

/** What Tab offers: names after a slash, files and symbols after an @, else names of the project. */
export async function complete(
  line: string,
  manifest: Manifest,
  suggest: (text: string) => Promise<CommandAnswer>,
): Promise<readonly [hits: string[], replaced: string]> {
  const slash = /^\/(\S*)$/.exec(line)
  if (slash) {
    const names = [...slashNames(manifest).keys()].filter((name) => name.startsWith(slash[1] ?? ""))
    return [names.map((name) => `/${name} `), line]
  }
  const word = /(?:^|\s)(@?)(\S*)$/.exec(line)
  const [, at = "", text = ""] = word ?? []
  if (at === "" && text === "") return [[], line]
  const { files, symbols } = (await suggest(text)).output as Suggestions
  const named = [...files, ...new Set(symbols.map(({ name }) => name))]
  // Only what goes on with what is typed can take its place without a surprise.
  const begun = named.filter((name) => name.startsWith(text))
  return [(begun.length > 0 ? begun : named).map((name) => at + name), at + text]
}
