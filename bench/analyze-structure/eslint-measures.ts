import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { z } from "zod"
import { timedRun } from "./peers.ts"

/** What ESLint says of a place; lines and columns are 1-based, the end is the one behind the last sign. */
const Message = z.object({
  path: z.string(),
  endLine: z.number(),
  endColumn: z.number(),
  line: z.number(),
  column: z.number(),
  rule: z.string(),
  says: z.string(),
})
export type Message = z.infer<typeof Message>

/**
 * ESLint's `complexity` and sonarjs's `cognitive-complexity` of every function below a folder, what their counts hold
 * beside ours (`counting`), and what ESLint reports by rules like ours under the same limits.
 */
export async function eslintMessages(
  root: string,
  tools: string,
  limits: { readonly nesting: number; readonly parameters: number },
): Promise<readonly Message[]> {
  // ESLint only looks at files below its configuration.
  const work = join(tools, "work")
  rmSync(work, { recursive: true, force: true })
  cpSync(root, work, { recursive: true })
  const rules = {
    ...{ complexity: [2, 0], "sonarjs/cognitive-complexity": [2, 0], "own/counting": 2 },
    ...{ "max-depth": [2, limits.nesting], "max-params": [2, limits.parameters], "no-unreachable": 2, "no-empty": 2 },
  }
  writeFileSync(join(tools, "measures.mjs"), program(rules))
  try {
    await timedRun([join(tools, "measures.mjs")], tools)
    return z.array(Message).parse(JSON.parse(readFileSync(join(tools, "measures.json"), "utf8")))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** What decides in a function and one of both doesn't count: by function, told at its start. */
export const Counted = z.object({
  /** `(a = 1)` and `{ a = 1 }`, `a?.b`, `a ||= b`: decisions to ESLint. */
  defaults: z.number(),
  chains: z.number(),
  assigned: z.number(),
  /** `||`, of which sonarjs counts no sequence. */
  ors: z.number(),
})
export type Counted = z.infer<typeof Counted>

const program = (rules: object) => `import { writeFileSync } from "node:fs"
import { ESLint } from "eslint"
import sonarjs from "eslint-plugin-sonarjs"
import parser from "@typescript-eslint/parser"

const counting = {
  create(context) {
    const stack = []
    const add = (what) => { const top = stack.at(-1); if (top) top[what]++ }
    return {
      ":function"() { stack.push({ defaults: 0, chains: 0, assigned: 0, ors: 0 }) },
      ":function:exit"(node) { context.report({ node, message: JSON.stringify(stack.pop()) }) },
      AssignmentPattern: () => add("defaults"),
      "MemberExpression[optional=true]": () => add("chains"),
      "CallExpression[optional=true]": () => add("chains"),
      "AssignmentExpression[operator=/^(?:&&|\\\\|\\\\||\\\\?\\\\?)=$/]": () => add("assigned"),
      "LogicalExpression[operator='||']": () => add("ors"),
    }
  },
}
const eslint = new ESLint({
  overrideConfigFile: true,
  allowInlineConfig: false,
  overrideConfig: [{
    files: ["**/*.{ts,js}"],
    languageOptions: { parser },
    plugins: { sonarjs, own: { rules: { counting } } },
    rules: ${JSON.stringify(rules)},
  }],
})
const found = []
for (const { filePath, messages } of await eslint.lintFiles(["work/**/*.{ts,js}"])) {
  const path = filePath.slice(process.cwd().length + "/work/".length)
  for (const { line, column, endLine = line, endColumn = column, ruleId, message } of messages)
    found.push({ path, line, column, endLine, endColumn, rule: ruleId ?? "", says: message })
}
writeFileSync("measures.json", JSON.stringify(found))
`
