import type { Language } from "../language.ts"
import { cRules } from "./c-family.ts"
import { cpp } from "./cpp.ts"

export const c: Language = {
  id: "c",
  name: "C",
  extensions: [".c", ".h"],
  grammar: "tree-sitter-c/tree-sitter-c.wasm",
  comments: ["comment"],
  names: ["identifier"],
  dialect: (text) => (cppOnly.test(text) ? cpp : undefined),
  rules: cRules,
}

const cppOnly =
  /^\s*(?:namespace\b[^;]*\{|template\s*<|class\s+\w+[^;()]*[:{]|(?:public|private|protected)\s*:)|\bstd::/m
