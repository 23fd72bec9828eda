import { parseFile } from "../parse-file.ts"

/** What is found in a text, each thing on a short line, for tests of one idiom. */
export interface Terse {
  /** `kind Outer > name 3-9`. */
  readonly definitions: readonly string[]
  /** `kind qualifier~name 12`, in the order of the file. */
  readonly references: readonly string[]
  /** `module` or `module as alias`. */
  readonly imports: readonly string[]
  readonly docs: Readonly<Record<string, string>>
  readonly signatures: Readonly<Record<string, string>>
}

export async function terse(path: string, text: string): Promise<Terse> {
  const { symbols, references, imports } = await parseFile(path, text)
  return {
    definitions: symbols.map(
      ({ kind, path, name, startLine, endLine }) => `${kind} ${[...path, name].join(" > ")} ${startLine}-${endLine}`,
    ),
    references: references
      .toSorted((a, b) => a.line - b.line || a.column - b.column)
      .map(({ kind, qualifier, name, line }) => `${kind} ${qualifier === "" ? "" : `${qualifier}~`}${name} ${line}`),
    imports: imports.map(({ module, names }) => {
      const alias = names[0]?.alias ?? ""
      return alias === "" ? module : `${module} as ${alias}`
    }),
    docs: Object.fromEntries(symbols.filter(({ doc }) => doc !== "").map(({ name, doc }) => [name, doc])),
    signatures: Object.fromEntries(symbols.map(({ name, signature }) => [name, signature])),
  }
}
