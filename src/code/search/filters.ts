import { matchesGlob } from "node:path/posix"
import { InvalidInputError } from "../../base/errors.ts"
import type { SearchFilters } from "../code-index.ts"
import { kindNumber } from "../index/packed.ts"
import type { Tree } from "../index/tree.ts"

/** Other names of languages in `lang:`. */
const languageNames: Readonly<Record<string, string>> = {
  ts: "typescript",
  js: "javascript",
  jsx: "javascript",
  mjs: "javascript",
  py: "python",
  rs: "rust",
  golang: "go",
  rb: "ruby",
  "c++": "cpp",
  cxx: "cpp",
  cs: "csharp",
  "c#": "csharp",
  sh: "bash",
  shell: "bash",
  zsh: "bash",
  yml: "yaml",
  md: "markdown",
  ex: "elixir",
  exs: "elixir",
}
/** `lang:typescript` means its dialects as well. */
const dialects: Readonly<Record<string, readonly string[]>> = { typescript: ["tsx"] }

/** Whether a path matches `pattern`: a glob when it has `*`, `?` or `[`, else a run of whole path parts or of letters. */
export function pathMatches(path: string, pattern: string): boolean {
  if (/[*?[]/.test(pattern)) {
    if (matchesGlob(path, pattern)) return true
    return !pattern.startsWith("/") && matchesGlob(path, `**/${pattern}`)
  }
  const plain = pattern.replace(/^\.?\//, "")
  return path.startsWith(plain) || path.toLowerCase().includes(plain.toLowerCase())
}

const signed = (values: readonly string[]) => ({
  wanted: values.filter((value) => !value.startsWith("-")),
  unwanted: values.filter((value) => value.startsWith("-")).map((value) => value.slice(1)),
})

/** Tells by path and language whether a file passes; undefined when there is nothing to filter by. */
export function fileFilter(
  filters: SearchFilters,
  changed: ReadonlySet<string> | undefined,
): ((path: string, language: string) => boolean) | undefined {
  const paths = signed(filters.path ?? [])
  const languages = signed((filters.lang ?? []).map((lang) => lang.toLowerCase()))
  if (!filters.path?.length && !filters.lang?.length && !changed) return undefined
  const isLanguage = (language: string, asked: string) => {
    const name = languageNames[asked] ?? asked
    return language === name || (dialects[name]?.includes(language) ?? false)
  }
  return (path, language) => {
    if (changed && !changed.has(path)) return false
    if (languages.wanted.length > 0 && !languages.wanted.some((asked) => isLanguage(language, asked))) return false
    if (languages.unwanted.some((asked) => isLanguage(language, asked))) return false
    if (paths.wanted.length > 0 && !paths.wanted.some((pattern) => pathMatches(path, pattern))) return false
    return !paths.unwanted.some((pattern) => pathMatches(path, pattern))
  }
}

/** By content id: 1 where one of its paths passes. */
export function allowedContents(
  tree: Tree,
  languageOf: (content: number) => string,
  passes: (path: string, language: string) => boolean,
): Uint8Array {
  const allowed = new Uint8Array(tree.live.length)
  for (const { path, content } of tree.files()) {
    if (content !== 0 && allowed[content] !== 1 && passes(path, languageOf(content))) allowed[content] = 1
  }
  return allowed
}

/** Groups of kinds that `kind:` knows beside the kinds themselves. */
const kindGroups: Readonly<Record<string, readonly string[]>> = {
  function: ["function", "method", "constructor"],
  class: ["class", "struct"],
  type: ["type", "interface", "enum", "trait", "class", "struct"],
  doc: ["section"],
}

/** By kind number: 1 where `kind:` lets it through; undefined without that filter. */
export function allowedKinds(filters: SearchFilters): Uint8Array | undefined {
  if (!filters.kind?.length) return undefined
  const { wanted, unwanted } = signed(filters.kind)
  const numbers = (kinds: readonly string[]) => kinds.flatMap((kind) => kindGroups[kind] ?? [kind]).map(kindNumber)
  const allowed = new Uint8Array(256).fill(wanted.length > 0 ? 0 : 1)
  for (const number of numbers(wanted)) allowed[number] = 1
  for (const kind of unwanted) allowed[kindNumber(kind)] = 0
  return allowed
}

/** Milliseconds since the epoch after which `changed:` wants files changed; "head" means uncommitted. */
export function changedSince(value: string, nowMs: number): number | "head" {
  if (value === "head" || value === "HEAD") return "head"
  const span = /^(\d+)(h|d|w|m|y)$/.exec(value)
  if (span) {
    const hours = { h: 1, d: 24, w: 168, m: 730, y: 8766 }[span[2] ?? "d"] ?? 24
    return nowMs - Number(span[1]) * hours * 3_600_000
  }
  const date = Date.parse(value)
  if (Number.isNaN(date))
    throw new InvalidInputError({
      message: `"changed:${value}" is no time.`,
      hint: "Use a span (24h, 7d, 2w, 3m, 1y), a date (2026-01-31) or head for what is not committed.",
    })
  return date
}
