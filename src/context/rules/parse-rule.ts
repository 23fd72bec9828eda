import { didYouMean } from "../../base/suggest.ts"
import { languageById, languages } from "../../code/parse/languages.ts"
import { readFrontMatter } from "../front-matter.ts"
import { RuleFields, ruleKeys } from "./fields.ts"
import { foreignRule } from "./foreign.ts"
import { atTop, frontMatterProblems, problem } from "./problem.ts"
import type { Rule } from "./rule.ts"
import { baseOf, idOf, type ParsedRule, type RuleFile, titleOf, unknownKeys, withImports } from "./rule-file.ts"
import { unknownVariables } from "./template.ts"

/** A rule of a file. One with an error is left out, and its problems say where and why. */
export function parseRule(file: RuleFile): ParsedRule {
  const { place, shown, text } = file
  if (text.trim() === "") {
    return { rule: undefined, problems: [problem("empty", "warning", shown, atTop, "The file is empty.")] }
  }
  if (place.kind === "ours") return ownRule(file)
  if (place.kind === "whole") return { rule: { ...baseOf(file), ...withImports(file, text.trim()) }, problems: [] }
  return foreignRule(file, baseOf(file))
}

function ownRule(file: RuleFile): ParsedRule {
  const { place, shown, prefix } = file
  const front = readFrontMatter(file.text)
  const problems = frontMatterProblems(front, shown)
  const parsed = RuleFields.safeParse(front.fields ?? {})
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const name = path.map(String).join(".")
      const says = `${name === "" ? "The front matter" : `\`${name}\``}: ${message.replace(/\.$/, "")}.`
      problems.push(problem("field", "error", shown, front.placeOf(path), says))
    }
  }
  problems.push(...unknownKeys(front, ruleKeys, shown))
  if (!parsed.success || front.problems.length > 0) {
    return { rule: undefined, problems }
  }
  if (front.body === "" && parsed.data.check === undefined && parsed.data.extends === undefined) {
    problems.push(
      problem("empty", "warning", shown, atTop, "The rule says nothing: there is no text below its fields."),
    )
  }
  const { id, title, scope, enabled, severity, model, version, chunking, check, flag, ...fields } = parsed.data
  const [section = "", ...rest] = place.name.split("/")
  const named = rest[0] ?? ""
  const inferred = section === "10-languages" && fields.languages.length === 0 ? languageNamed(named) : undefined
  if (section === "10-languages" && fields.languages.length === 0 && !inferred && fields.globs.length === 0) {
    const says = `"${named}" is no language that the index knows; say \`languages\` or \`globs\`.`
    problems.push(problem("language", "warning", shown, atTop, says))
  }
  for (const language of fields.languages) {
    if (languageNamed(language)) continue
    const guess =
      didYouMean(
        language,
        languages.map(({ id: one }) => one),
      ) ?? ""
    const says = `The index knows no language "${language}". ${guess}`.trim()
    problems.push(problem("language", "warning", shown, front.placeOf(["languages"]), says))
  }
  const isContext = section === "30-contexts" && fields.tasks.length === 0 && fields.globs.length === 0
  for (const name of unknownVariables(front.body)) {
    const says = `There is no variable {{${name}}}; it stays as it is written.`
    problems.push(problem("variable", "warning", shown, { line: front.bodyLine, column: 1 }, says))
  }
  const derived = place.format === "ai-rules" && prefix === "" ? [place.folder, place.name] : [prefix, place.name]
  const wanting = {
    language: !inferred && fields.languages.length === 0,
    framework: section !== "20-frameworks" && fields.frameworks.length === 0,
  }
  if ((scope === "language" || scope === "framework") && wanting[scope]) {
    const says = `\`scope\`: ${scope} wants \`${scope}s\` as well.`
    return {
      rule: undefined,
      problems: [...problems, problem("field", "error", shown, front.placeOf(["scope"]), says)],
    }
  }
  const rule: Rule = {
    ...baseOf(file),
    ...fields,
    id: id ?? idOf(derived.filter((part) => part !== "").join("/")),
    title: title ?? titleOf(front.body) ?? place.name,
    extends: fields.extends ?? null,
    languages: inferred ? [inferred] : fields.languages.map((one) => languageNamed(one) ?? one),
    frameworks:
      section === "20-frameworks" && fields.frameworks.length === 0 && named !== "" ? [named] : fields.frameworks,
    tasks: isContext && named !== "" ? [named.replaceAll(/[-_]/g, " ")] : fields.tasks,
    version: version ?? null,
    isHard: severity === "hard",
    check: check ?? null,
    model: model?.class ?? null,
    chunking: chunking ?? null,
    flag: flag ?? null,
    isEnabled: enabled,
    isTemplate: front.body.includes("{{"),
    text: front.body,
  }
  return { rule, problems }
}

const others: Readonly<Record<string, string>> = {
  ts: "typescript",
  js: "javascript",
  py: "python",
  rs: "rust",
  rb: "ruby",
  ex: "elixir",
  golang: "go",
  "c++": "cpp",
  "c#": "csharp",
  shell: "bash",
  md: "markdown",
}
const languageNamed = (name: string): string | undefined => {
  const lower = name.toLowerCase()
  return languageById(others[lower] ?? lower)?.id
}
