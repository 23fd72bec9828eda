import { stringify } from "yaml"
import { InvalidInputError } from "../../base/errors.ts"
import { parseRule } from "./parse-rule.ts"
import type { scopes } from "./scopes.ts"

export interface NewRule {
  readonly id: string
  readonly text: string
  readonly title?: string | undefined
  readonly scope?: (typeof scopes)[number] | undefined
  readonly language?: string | undefined
  readonly framework?: string | undefined
  readonly task?: string | undefined
  readonly glob: readonly string[]
  readonly hard: boolean
  readonly pattern?: string | undefined
  readonly regex?: string | undefined
}

/** A new file of rules, in the folder of its scope. Throws InvalidInputError where the rule would not be one. */
export function newRuleFile(wanted: NewRule): { readonly path: string; readonly text: string } {
  const { id, text, title, scope, language, framework, task, glob, hard, pattern, regex } = wanted
  const fields = {
    id,
    title: title ?? id.replaceAll("-", " ").replace(/^./, (first) => first.toUpperCase()),
    ...(scope === undefined ? {} : { scope }),
    ...(glob.length > 0 ? { globs: glob } : {}),
    ...(language === undefined ? {} : { languages: [language] }),
    ...(framework === undefined ? {} : { frameworks: [framework] }),
    ...(task === undefined ? {} : { tasks: [task] }),
    ...(hard ? { severity: "hard" } : {}),
    ...(pattern === undefined && regex === undefined
      ? {}
      : { check: { ...(pattern === undefined ? {} : { pattern }), ...(regex === undefined ? {} : { regex }) } }),
  }
  const body = text === "" ? "Say here what to do and why, in as few words as it takes." : text
  const folder =
    framework !== undefined
      ? "20-frameworks"
      : language !== undefined
        ? "10-languages"
        : task !== undefined
          ? "30-contexts"
          : "00-global"
  const path = `.ai-rules/${folder}/${id}.md`
  const file = `---\n${stringify(fields)}---\n\n${body}\n`
  const place = {
    path,
    format: "ai-rules",
    layer: "project",
    folder: "",
    name: `${folder}/${id}`,
    kind: "ours",
  } as const
  const { problems } = parseRule({ place, prefix: "", shown: path, text: file, hash: "", imported: [] })
  const wrong = problems.filter(({ severity, rule }) => severity === "error" || rule === "rules/language")
  if (wrong.length > 0) throw new InvalidInputError({ message: wrong.map(({ message }) => message).join(" ") })
  return { path, text: file }
}
