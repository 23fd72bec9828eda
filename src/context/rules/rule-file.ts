import { didYouMean } from "../../base/suggest.ts"
import type { Finding } from "../../code/finding.ts"
import type { FrontMatter } from "../front-matter.ts"
import type { Place } from "./places.ts"
import { problem } from "./problem.ts"
import type { Rule } from "./rule.ts"

/** A file of rules as it was read. */
export interface RuleFile {
  readonly place: Place
  /** Before derived ids, so that those of other layers don't meet: "user", a dependency's name, "". */
  readonly prefix: string
  /** As people write the path. */
  readonly shown: string
  readonly text: string
  /** SHA-256 of the bytes. */
  readonly hash: string
  /** What its imports brought, to be put below. */
  readonly imported: readonly { readonly path: string; readonly text: string }[]
}

export interface ParsedRule {
  readonly rule: Rule | undefined
  readonly problems: readonly Finding[]
}

/** All that a file says by its path alone. */
export function baseOf({ place, prefix, shown, hash, imported, text }: RuleFile): Rule {
  const { format, layer, folder } = place
  const id = idOf(prefix === "" ? place.path : `${prefix}/${place.name}`)
  return {
    ...{ id, title: titleOf(text) ?? shown, description: "", layer, format, path: shown, folder },
    ...{ activation: "always", globs: [], languages: [], frameworks: [], tasks: [], tags: [], priority: 0 },
    ...{ version: null, requires: [], overrides: [], extends: null, isHard: false, check: null, decides: {} },
    ...{ model: null, chunking: null, rollout: 100, flag: null, isEnabled: true, isTemplate: false, text, hash },
    imports: imported.map(({ path }) => path),
  }
}

/** Keys that nobody reads, with what was probably meant. */
export function unknownKeys(front: FrontMatter, keys: readonly string[], shown: string): Finding[] {
  return Object.keys(front.fields ?? {})
    .filter((key) => !keys.includes(key))
    .map((key) => {
      const says = `Nothing reads \`${key}\`. ${didYouMean(key, keys) ?? ""}`.trim()
      return problem("unknown-key", "warning", shown, front.keyPlaceOf(key), says)
    })
}

/** Of the first heading. */
export const titleOf = (text: string): string | undefined =>
  /^#{1,3}[ \t]+(.+?)[ \t#]*$/m.exec(text)?.[1]?.slice(0, 200)

export const idOf = (path: string): string =>
  path
    .replaceAll("@", "")
    .replaceAll(/[^\w./-]+/g, "-")
    .slice(0, 200)

export function withImports({ imported }: RuleFile, text: string): Pick<Rule, "text"> {
  return { text: [text, ...imported.map((one) => `From ${one.path}:\n\n${one.text.trim()}`)].join("\n\n") }
}
