/** Values of a `.env` file that are secrets by their name, or look like ones. */
export interface KnownSecret {
  /** The variable's name. */
  readonly name: string
  readonly value: string
}

const secretName =
  /(^|_)(key|keys|token|tokens|secret|secrets|password|passwd|pwd|pass|credential|credentials|auth|dsn|private|salt|signature|webhook)(_|$)|apikey|_url$/i
const leastLength = 8

/**
 * Reads a `.env` file: `NAME=value` lines, `export`, quotes, comments, values over several lines in quotes. Gives those
 * whose name says that they are secret; of addresses only those with a password. Short and everyday values are left out:
 * masking `true` or `postgres` wherever they stand would garble every text.
 */
export function secretsOfEnvFile(text: string): KnownSecret[] {
  const found: KnownSecret[] = []
  const line =
    /^[ \t]*(?:export[ \t]+)?([A-Za-z_][\w.-]*)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\r\n]*?)(?:[ \t]+#[^\r\n]*)?[ \t]*\r?$)/gm
  for (const [, name = "", double, single, bare] of text.matchAll(line)) {
    const value = (double?.replaceAll("\\n", "\n").replaceAll('\\"', '"') ?? single ?? bare ?? "").trim()
    if (value.length < leastLength || !secretName.test(name) || isEveryday(value)) continue
    if (/_url$/i.test(name) && !/:\/\/[^/\s:@]*:[^/\s@]{4,}@/.test(value)) continue
    found.push({ name, value })
  }
  return found
}

/** Words, numbers, paths and references to other variables: nothing made by chance. */
function isEveryday(value: string): boolean {
  return (
    /^(true|false|null|none|undefined|development|production|localhost|postgres|password|changeme|placeholder)$/i.test(
      value,
    ) ||
    /^[\d.,:]+$/.test(value) ||
    /^(\.{0,2}\/)[\w./-]*$/.test(value) ||
    /\$\{?\w+\}?/.test(value) ||
    /^(<.*>|\*+|x+|your[-_ ].*|.*example.*)$/i.test(value)
  )
}
