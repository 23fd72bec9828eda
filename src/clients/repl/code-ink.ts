import { type Ink, painted } from "./ink.ts"

const keywords = new Set(
  (
    "abstract and as async await begin break case catch class const continue def default defer defmodule delete do " +
    "elif else elsif end enum except export extends false finally fn for foreach from func function go if impl " +
    "implements import in instanceof interface is lambda let loop match mod module mut namespace new nil none not null " +
    "of or override package pass private protected pub public raise readonly require return select self static struct " +
    "super switch then this throw trait true try type typeof undefined union unless until use using val var void when " +
    "where while with yield None True False SELECT FROM WHERE JOIN INSERT UPDATE DELETE CREATE TABLE"
  ).split(" "),
)
const hashComments = new Set(
  "bash sh shell zsh fish python py ruby rb elixir ex exs perl r yaml yml toml make".split(" "),
)
const dashComments = new Set("sql lua haskell hs ada".split(" "))

/** One line of code with its strings, comments and keywords in colours; a diff by what its lines begin with. */
export function codeLine(line: string, language: string, ink: Ink): string {
  if (!ink.hasColor) return line
  if (language === "diff" || language === "patch") return diffLine(line, ink)
  const comment = hashComments.has(language) ? "#.*" : dashComments.has(language) ? "--.*" : "//.*|/\\*.*?(?:\\*/|$)"
  const tokens = new RegExp(
    `(?<comment>(?:^|(?<=[\\s;{}()]))(?:${comment}))|(?<string>"(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.)*'|\`(?:[^\`\\\\]|\\\\.)*\`?)|(?<word>[A-Za-z_][\\w]*)`,
    "g",
  )
  return line.replaceAll(tokens, (text, ...rest) => {
    const { comment: isComment, string } = rest.at(-1) as Record<string, string | undefined>
    if (isComment !== undefined) return painted(ink.quiet, text)
    if (string !== undefined) return painted(ink.string, text)
    return keywords.has(text) ? painted(ink.keyword, text) : text
  })
}

function diffLine(line: string, ink: Ink): string {
  if (/^(\+\+\+|---|diff |index )/.test(line)) return painted(ink.bold, line)
  if (line.startsWith("@@")) return painted(ink.code, line)
  if (line.startsWith("+")) return painted(ink.good, line)
  return line.startsWith("-") ? painted(ink.bad, line) : line
}
