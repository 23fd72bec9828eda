import { expect, test } from "vitest"
import { languageById, languageOf, languages } from "./languages.ts"

test.each([
  ["src/a.ts", "typescript"],
  ["a.MTS", "typescript"],
  ["a.jsx", "javascript"],
  ["web/x.tsx", "tsx"],
  ["lib/a.H", "c"],
  ["x.hpp", "cpp"],
  ["tool/Rakefile", "ruby"],
  ["Cargo.lock", "toml"],
  [".bashrc", "bash"],
  ["mix.exs", "elixir"],
  ["README.md", "markdown"],
])("%s is %s", (path, id) => {
  expect(languageOf(path)?.id).toBe(id)
})

test.each([
  ["#!/usr/bin/env python3", "python"],
  ["#!/usr/bin/python3.12 -u", "python"],
  ["#!/usr/bin/env -S NODE_ENV=x node --test", "javascript"],
  ["#! /bin/sh -e", "bash"],
  ["#!/usr/bin/env ruby", "ruby"],
])("a file without extension that begins with %s is %s", (line, id) => {
  expect(languageOf("bin/tool", line)?.id).toBe(id)
})

test.each(["notes.txt", "LICENSE", "a.b", "bin/tool", "", ".", "dir.ts/file"])("%s has no known language", (path) => {
  expect(languageOf(path)).toBeUndefined()
})

test("an extension or a file name stands for one language only", () => {
  const names = languages.flatMap(({ extensions, fileNames = [] }) => [...extensions, ...fileNames])
  expect(names.length).toBe(new Set(names).size)
})

test("a language is found by its id", () => {
  for (const language of languages) expect(languageById(language.id)).toBe(language)
  expect(languageById("klingon")).toBeUndefined()
})
