export type NameStyle = "kebab-case" | "camelCase" | "PascalCase" | "snake_case" | "one word"

/** How a name is written; undefined for what is none of these, such as "2fa" or "__init__". */
export function nameStyle(name: string): NameStyle | undefined {
  if (/^[a-z][a-z0-9]*$/.test(name)) return "one word"
  if (/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(name)) return "kebab-case"
  if (/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(name)) return "snake_case"
  if (/^[a-z][a-z0-9]*([A-Z][a-z0-9]*)+$/.test(name)) return "camelCase"
  if (/^[A-Z][a-zA-Z0-9]*$/.test(name) && /[a-z]/.test(name)) return "PascalCase"
  return undefined
}

/** The lower-case words of a name in any style: "HTTPServer2" is "http", "server2". */
export const wordsOf = (name: string): readonly string[] =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1 $2")
    .split(/[^a-zA-Z0-9]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase())

const upper = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1)

/** A name in a style. One word is in all of them, but for PascalCase. */
export function inStyle(name: string, style: NameStyle): string {
  const words = wordsOf(name)
  switch (style) {
    case "snake_case":
      return words.join("_")
    case "camelCase":
      return words.map((word, at) => (at === 0 ? word : upper(word))).join("")
    case "PascalCase":
      return words.map(upper).join("")
    case "kebab-case":
    case "one word":
      return words.join("-")
  }
}
