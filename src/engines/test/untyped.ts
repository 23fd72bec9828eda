import type { TestedLanguage } from "../../workspace/test-runners/framework.ts"

type Guess = "function" | "object" | "list" | "number" | "text" | "truth"

/** What names mostly stand for, where no type is written. */
const byName: readonly (readonly [Guess, RegExp])[] = [
  [
    "function",
    /^(?:cb|callback|fn|func|done|next|iteratee|predicate|comparator|mapper|reducer|handler|listener)$|(?:Fn|Callback|Handler)$/,
  ],
  ["object", /^(?:options?|opts?|config|settings|props|params|attrs|attributes|obj|object|dict|mapping)$|Options$/],
  ["list", /^(?:array|arr|list|items|values|elements|args|rows|lines|nodes|entries)$/],
  [
    "number",
    /^(?:n|i|j|k|x|y|z|num|number|index|idx|count|size|length|width|height|limit|offset|min|max|ms|seconds|port|depth|level|precision|amount|total)$|(?:Count|Index|Size|Length|Ms)$/,
  ],
  [
    "text",
    /^(?:s|str|string|text|name|key|path|file|filename|url|uri|word|prefix|suffix|title|label|message|msg|pattern|version|line|html|locale|separator|sep|delimiter|encoding|identifier)$|(?:Name|Path|Url|Text|_name|_path|_url|_text)$/,
  ],
  ["truth", /^(?:is|has|should|can)[A-Z_]|^(?:force|verbose|strict|loose|deep|recursive|quiet|debug)$/],
]

const types: Partial<Record<TestedLanguage, Readonly<Record<Guess, string>>>> = {
  javascript: {
    function: "() => void",
    object: "object",
    list: "unknown[]",
    number: "number",
    text: "string",
    truth: "boolean",
  },
  python: { function: "", object: "dict", list: "list[int]", number: "int", text: "str", truth: "bool" },
}

/** The type that a parameter without one most likely has, by its name; "" where the name says nothing. */
export function typeByName(name: string, language: TestedLanguage): string {
  const guess = byName.find(([, pattern]) => pattern.test(name))?.[0]
  return (guess && types[language]?.[guess]) ?? ""
}

/** The type that a default says, as compilers infer it: `limit = 10`; "" for what is no literal. */
export function typeByDefault(written: string, language: TestedLanguage): string {
  const known = types[language]
  if (!known) return ""
  if (/^-?\d[\d._]*$/.test(written)) return written.includes(".") && language === "python" ? "float" : known.number
  if (/^["'`]/.test(written)) return known.text
  if (/^(?:true|false)$/i.test(written)) return known.truth
  if (written.startsWith("[")) return known.list
  return written.startsWith("{") ? known.object : ""
}
