import type { Language } from "./language.ts"
import { bash } from "./languages/bash.ts"
import { c } from "./languages/c.ts"
import { cpp } from "./languages/cpp.ts"
import { csharp } from "./languages/csharp.ts"
import { css } from "./languages/css.ts"
import { elixir } from "./languages/elixir.ts"
import { go } from "./languages/go.ts"
import { html } from "./languages/html.ts"
import { java } from "./languages/java.ts"
import { javascript } from "./languages/javascript.ts"
import { json } from "./languages/json.ts"
import { lua } from "./languages/lua.ts"
import { markdown } from "./languages/markdown.ts"
import { php } from "./languages/php.ts"
import { python } from "./languages/python.ts"
import { ruby } from "./languages/ruby.ts"
import { rust } from "./languages/rust.ts"
import { toml } from "./languages/toml.ts"
import { tsx, typescript } from "./languages/typescript.ts"
import { yaml } from "./languages/yaml.ts"

export const languages: readonly Language[] = [
  typescript,
  tsx,
  javascript,
  python,
  go,
  rust,
  java,
  c,
  cpp,
  csharp,
  ruby,
  php,
  bash,
  css,
  html,
  json,
  yaml,
  markdown,
  elixir,
  toml,
  lua,
]

const byId = new Map(languages.map((language) => [language.id, language]))
const byExtension = new Map(languages.flatMap((language) => language.extensions.map((end) => [end, language])))
const byFileName = new Map(languages.flatMap((language) => (language.fileNames ?? []).map((name) => [name, language])))
const byProgram = new Map(languages.flatMap((language) => (language.shebangs ?? []).map((name) => [name, language])))

export const languageById = (id: string): Language | undefined => byId.get(id)

/**
 * The language of a file by its name, its extension, or else its first line (`#!/usr/bin/env python3`);
 * undefined where none is known. `path` has `/` between its parts.
 */
export function languageOf(path: string, firstLine = ""): Language | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1)
  const named = byFileName.get(name)
  if (named) return named
  const dot = name.lastIndexOf(".")
  const known = dot >= 0 ? byExtension.get(name.slice(dot).toLowerCase()) : undefined
  return known ?? (dot <= 0 ? byShebang(firstLine) : undefined)
}

function byShebang(line: string): Language | undefined {
  if (!line.startsWith("#!")) return undefined
  const words = line.slice(2).trim().split(/\s+/)
  // `env` may have options and assignments before the program.
  const isEnv = words[0]?.endsWith("/env") === true || words[0] === "env"
  const program = isEnv ? words.slice(1).find((word) => !word.startsWith("-") && !word.includes("=")) : words[0]
  const base = program?.slice(program.lastIndexOf("/") + 1) ?? ""
  return byProgram.get(base) ?? byProgram.get(base.replace(/[\d.]+$/, ""))
}
