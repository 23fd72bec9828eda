import { astGrep } from "../../code/ast-grep.ts"
import { nodesIn, type SyntaxNode, syntaxTree } from "../../code/refactorings/syntax-tree.ts"
import type { Planned } from "./scaffold-plan.ts"
import type { Callable, Subject } from "./subject.ts"

export interface Examples {
  /** The subject with examples in its documentation, and nothing else changed. */
  readonly text: string
  /** Functions that got one. */
  readonly functions: number
}

interface Insertion {
  readonly at: number
  readonly text: string
}

/**
 * A place for an example in the documentation of each function that has none: its ordinary call, marked as not to be run,
 * since what it gives is not known. For Python and Rust; of other languages the text comes back as it is.
 */
export async function withExamples(subject: Subject, plan: readonly Planned[], rustModule: string): Promise<Examples> {
  const { language, text } = subject
  if (language !== "python" && language !== "rust") return { text, functions: 0 }
  const root = syntaxTree(await astGrep(), language, text)
  const functions = [...nodesIn(root)].filter(({ kind }) => kind === "function_definition" || kind === "function_item")
  const insertions = plan.flatMap(({ callable, shortest: call }): Insertion[] => {
    const node = functions.find((one) => isOf(one, callable, text))
    if (!call || !node) return []
    const { owner, name, isStatic } = callable
    const one =
      language === "python"
        ? inPython(text, node, pythonCall(callable, call.receiver, call.arguments))
        : owner === "" || isStatic
          ? inRust(
              text,
              node,
              owner === "" ? name : owner,
              `${owner && `${owner}::`}${name}(${call.arguments})`,
              rustModule,
            )
          : undefined
    return one ? [one] : []
  })
  const changed = insertions
    .toSorted((a, b) => b.at - a.at)
    .reduce((now, { at, text: inserted }) => now.slice(0, at) + inserted + now.slice(at), text)
  return { text: changed, functions: insertions.length }
}

function isOf(node: SyntaxNode, { localName, startLine, endLine }: Callable, text: string): boolean {
  const line = text.slice(0, node.start).split("\n").length
  return node.field("name")?.text === localName && line >= startLine && line <= endLine
}

const indentAt = (text: string, at: number) => /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", at - 1) + 1))?.[0] ?? ""

function pythonCall({ owner, name, isStatic }: Callable, receiver: string, given: string): string {
  if (owner === "") return `${name}(${given})`
  return `${isStatic ? owner : `${owner}(${receiver})`}.${name}(${given})`
}

const pythonMark = "Scaffold: say what it gives, and take +SKIP away."

/** As the file writes its docstrings: its quotes, and the heading that numpy's or Google's style gives to examples. */
function inPython(text: string, node: SyntaxNode, call: string): Insertion | undefined {
  const body = node.field("body")
  const [first] = body?.named ?? []
  if (!body || !first || !text.slice(node.start, body.start).includes("\n")) return undefined
  const indent = indentAt(text, first.start)
  const example = [pythonMark, "", `>>> ${call}  # doctest: +SKIP`]
  const isNumpy = /^\s*(?:Parameters|Returns|Examples)\n\s*-{4,}$/m.test(text)
  const isGoogle = /^\s*(?:Args|Returns|Raises|Examples?):$/m.test(text)
  const lines = isNumpy
    ? ["Examples", "--------", ...example]
    : isGoogle
      ? ["Examples:", ...example.map((line) => (line === "" ? "" : `    ${line}`))]
      : example
  const written = lines.map((line) => (line === "" ? "" : indent + line)).join("\n")
  const doc = first.kind === "expression_statement" ? first.named[0] : undefined
  if (doc?.kind !== "string") {
    const quote = /^\s*(?:"""|''')/m.exec(text)?.[0].trim() === "'''" ? "'''" : '"""'
    return { at: first.start, text: `${quote}\n${written}\n${indent}${quote}\n${indent}` }
  }
  const end = doc.named.find(({ kind }) => kind === "string_end")
  const hasOne = />>> /.test(doc.text)
  // Neither a text that is put together nor one in single quotes can take more lines.
  if (hasOne || !end || end.text.length !== 3 || doc.named.some(({ kind }) => kind === "interpolation"))
    return undefined
  const blank = /\n[ \t]*$/.exec(text.slice(doc.start, end.start))
  if (!blank) return { at: end.start, text: `\n\n${written}\n${indent}` }
  return { at: end.start - blank[0].length, text: `\n\n${written}` }
}

const rustMark = "// Scaffold: say what it gives, and take `ignore` away."

/** Below the documentation that is there, above the attributes. */
function inRust(text: string, node: SyntaxNode, used: string, call: string, module: string): Insertion | undefined {
  const indent = indentAt(text, node.start)
  const lines = text.slice(0, text.lastIndexOf("\n", node.start - 1) + 1).split("\n")
  let at = lines.length - 1
  while (at > 0 && /^\s*#!?\[/.test(lines[at - 1] ?? "")) at -= 1
  const above = lines.slice(0, at)
  const from = above.findLastIndex((line) => !/^\s*\/\/\//.test(line)) + 1
  const doc = above.slice(from)
  // Comments in blocks are left alone.
  if (doc.some((line) => line.includes("```")) || /\*\/\s*$/.test(above.at(-1) ?? "")) return undefined
  const heading = /^\s*\/\/[/!]\s*# Example$/m.test(text) ? "# Example" : "# Examples"
  const example = [heading, "", "```ignore", `use ${module}::${used};`, "", rustMark, `let actual = ${call};`, "```"]
  const written = [...(doc.length > 0 ? [""] : []), ...example].map((line) => `${indent}///${line && ` ${line}`}\n`)
  const offset = above.reduce((sum, line) => sum + line.length + 1, 0)
  return { at: offset, text: written.join("") }
}
