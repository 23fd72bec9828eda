import type { Language } from "../language.ts"
import { ecmascriptNames, ecmascriptRules } from "./ecmascript.ts"

export const javascript: Language = {
  id: "javascript",
  name: "JavaScript",
  extensions: [".js", ".mjs", ".cjs", ".jsx"],
  shebangs: ["node"],
  grammar: "@vscode/tree-sitter-wasm/wasm/tree-sitter-javascript.wasm",
  rules: ecmascriptRules,
  hasInnerAttributes: true,
  comments: ["comment", "html_comment"],
  names: ecmascriptNames,
}
