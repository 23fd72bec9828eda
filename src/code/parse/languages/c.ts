import type { Language } from "../language.ts"
import { cRules } from "./c-family.ts"

export const c: Language = {
  id: "c",
  name: "C",
  extensions: [".c", ".h"],
  grammar: "tree-sitter-c/tree-sitter-c.wasm",
  comments: ["comment"],
  names: ["identifier"],
  rules: cRules,
}
