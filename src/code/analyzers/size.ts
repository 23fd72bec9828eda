import { type Finding, findingOf } from "../finding.ts"
import { isTestPath } from "../graph/families.ts"
import type { ExaminedProject, ProjectAnalyzer, RuleAbout } from "./analyzer.ts"
import { ofFunction } from "./of-function.ts"

const fileLength = {
  id: "size/file",
  severity: "warning",
  explanation:
    "A file this long holds more than one idea: it is hard to find your way in it, and everybody changes it at once. Move what belongs together into files of its own.",
} as const satisfies RuleAbout

const functionLength = {
  id: "size/function",
  severity: "warning",
  explanation:
    "A function that does not fit on a screen can't be read in one go. Give its steps names by making them functions of their own.",
} as const satisfies RuleAbout

const parameterCount = {
  id: "size/parameters",
  severity: "warning",
  explanation:
    "This many parameters are easily passed in the wrong order, and every call has to know all of them. Pass one object with named properties, or split the function.",
} as const satisfies RuleAbout

const nestingDepth = {
  id: "size/nesting",
  severity: "warning",
  explanation:
    "To understand the innermost line you have to keep all the conditions around it in mind. Return early, turn conditions around, or move the inside into a function.",
} as const satisfies RuleAbout

/** What is too large: files, functions, parameter lists, nesting. Tests may be long. */
export const size: ProjectAnalyzer = {
  name: "size",
  scope: "project",
  goesBy: "facts",
  rules: [fileLength, functionLength, parameterCount, nestingDepth],
  run: sizeIn,
}

async function* sizeIn({ facts, limits }: ExaminedProject): AsyncGenerator<Finding> {
  for (const [path, file] of facts) {
    if (file.isGenerated) continue
    const isTest = isTestPath(path)
    if (file.codeLines > limits.fileLines && file.tokens.line.length > 0 && !isTest) {
      yield findingOf({
        rule: fileLength.id,
        severity: fileLength.severity,
        path,
        message: `The file has ${file.codeLines} lines of code; the limit is ${limits.fileLines}.`,
        evidence: path,
        explanation: fileLength.explanation,
        tags: ["size"],
      })
    }
    for (const one of file.functions) {
      const { name, codeLines, parameters, nesting } = one
      // A file of tests is one long function in many frameworks, as is the body of a module in others.
      if (codeLines > limits.functionLines && !isTest) {
        yield ofFunction(
          path,
          one,
          functionLength,
          `${name} has ${codeLines} lines of code; the limit is ${limits.functionLines}.`,
        )
      }
      if (parameters > limits.parameters) {
        yield ofFunction(
          path,
          one,
          parameterCount,
          `${name} takes ${parameters} parameters; the limit is ${limits.parameters}.`,
        )
      }
      if (nesting > limits.nesting) {
        const message = `${name} nests control structures ${nesting} deep; the limit is ${limits.nesting}.`
        yield ofFunction(path, one, nestingDepth, message)
      }
    }
  }
}
