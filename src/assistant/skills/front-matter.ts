/** What stands between the two lines of dashes at the top of a Markdown file, and the text below them. */
export interface Markdown {
  readonly fields: Readonly<Record<string, string | readonly string[]>>
  readonly body: string
}

/**
 * Reads the part of YAML that front matter is written in: `key: value`, quoted values, `[a, b]`, lists of `- item` lines,
 * and folded or literal blocks (`>`, `|`). Whatever else stands there is left out. Never throws.
 */
export function frontMatter(text: string): Markdown {
  const found = /^\ufeff?---[ \t]*\r?\n([\s\S]*?)(?:^|\n)---[ \t]*(?:\r?\n|$)/.exec(text)
  if (!found) return { fields: {}, body: text.trim() }
  const lines = (found[1] ?? "").trimEnd().split(/\r?\n/)
  const fields: Record<string, string | readonly string[]> = {}
  for (let at = 0; at < lines.length; at++) {
    const key = /^([A-Za-z][\w-]*):[ \t]*(.*)$/.exec(lines[at] ?? "")
    if (!key) continue
    const [, name = "", rest = ""] = key
    const below: string[] = []
    while (at + 1 < lines.length && /^(?:[ \t]+\S|[ \t]*$|- )/.test(lines[at + 1] ?? "")) below.push(lines[++at] ?? "")
    fields[name.toLowerCase()] = fieldOf(rest.trim(), below)
  }
  return { fields, body: text.slice(found[0].length).trim() }
}

function fieldOf(value: string, below: readonly string[]): string | readonly string[] {
  if (/^[|>]/.test(value))
    return below
      .map((line) => line.trim())
      .join(value.startsWith("|") ? "\n" : " ")
      .trim()
  const items = below.flatMap((line) => (/^\s*- /.test(line) ? [plain(line.replace(/^\s*- /, ""))] : []))
  if (value === "" && items.length > 0) return items
  if (value.startsWith("[") && value.endsWith("]")) return listed(value.slice(1, -1))
  return plain([value, ...below.map((line) => line.trim())].join(" "))
}

function plain(text: string): string {
  const trimmed = text.trim()
  const quoted = /^(["'])([\s\S]*)\1$/.exec(trimmed)
  if (!quoted) return trimmed.replace(/\s+#.*$/, "")
  return quoted[1] === '"' ? (quoted[2] ?? "").replaceAll(/\\(["\\])/g, "$1") : (quoted[2] ?? "").replaceAll("''", "'")
}

const listed = (text: string) =>
  text
    .split(",")
    .map(plain)
    .filter((item) => item !== "")

/** A field as one text; "" where it is missing. */
export const textField = ({ fields }: Markdown, name: string): string => {
  const value = fields[name] ?? ""
  return typeof value === "string" ? value : value.join(", ")
}

/** A field as a list, also where it is written as `a, b`; undefined where it is missing. */
export function listField({ fields }: Markdown, name: string): readonly string[] | undefined {
  const value = fields[name]
  if (value === undefined || value === "") return undefined
  return typeof value === "string" ? listed(value) : value
}
