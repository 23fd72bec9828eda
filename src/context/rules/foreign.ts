import { z } from "zod"
import { readFrontMatter } from "../front-matter.ts"
import { frontMatterProblems, problem } from "./problem.ts"
import type { Rule } from "./rule.ts"
import { type ParsedRule, type RuleFile, titleOf, unknownKeys, withImports } from "./rule-file.ts"

/** Globs as a list or as one text with commas; commas in braces belong to the glob. */
const Globs = z
  .union([
    z.array(z.string()),
    z.string().transform((text) => text.split(/,(?![^{]*\})/)),
    z.null().transform(() => []),
  ])
  .default([])
  .transform((globs) => globs.map((glob) => glob.trim()).filter((glob) => glob !== ""))
const Text = z.union([z.string(), z.null().transform(() => "")]).default("")

/**
 * Cursor: always; for files that fit; where the model finds that the description fits; else only when it is named.
 * docs: "Rules" of cursor.com.
 */
const Cursor = z
  .looseObject({ description: Text, globs: Globs, alwaysApply: z.boolean().nullable().default(false) })
  .transform(({ description, globs, alwaysApply }): Partial<Rule> => {
    if (alwaysApply) return { description, activation: "always" }
    if (globs.length > 0) return { description, globs, activation: "always" }
    return { description, activation: description === "" ? "manual" : "described" }
  })

/** Kiro's steering: `inclusion` is always, fileMatch, manual, or auto with a description. */
const Kiro = z
  .looseObject({
    inclusion: z.enum(["always", "fileMatch", "manual", "auto"]).default("always"),
    fileMatchPattern: Globs,
    name: Text,
    description: Text,
  })
  .superRefine(({ inclusion, fileMatchPattern }, context) => {
    if (inclusion !== "fileMatch" || fileMatchPattern.length > 0) return
    context.addIssue({ code: "custom", path: ["inclusion"], message: "fileMatch wants `fileMatchPattern` as well" })
  })
  .transform(({ inclusion, fileMatchPattern, description }): Partial<Rule> => {
    const activation = inclusion === "manual" ? "manual" : inclusion === "auto" ? "described" : "always"
    return { description, activation, globs: inclusion === "fileMatch" ? fileMatchPattern : [] }
  })

/** Copilot's instructions for paths; without `applyTo` they are only for when they are named. */
const Copilot = z
  .looseObject({
    applyTo: Globs,
    name: Text,
    description: Text,
    excludeAgent: z.union([z.string(), z.array(z.string())]).optional(),
  })
  .transform(({ applyTo, description, excludeAgent }): Partial<Rule> => {
    const isForReview = [excludeAgent ?? []].flat().includes("coding-agent")
    return {
      description,
      globs: applyTo.includes("*") ? ["**"] : applyTo,
      activation: applyTo.length > 0 ? "always" : "manual",
      ...(isForReview ? { tasks: ["review"] } : {}),
    }
  })

/** `.claude/rules` and `.clinerules`: for the files under `paths`, or for all. */
const Paths = z
  .looseObject({ paths: Globs, description: Text })
  .transform(({ paths, description }): Partial<Rule> => ({ description, globs: paths, activation: "always" }))

const kinds = {
  cursor: { schema: Cursor, keys: ["description", "globs", "alwaysApply"] },
  kiro: { schema: Kiro, keys: ["inclusion", "fileMatchPattern", "name", "description"] },
  copilot: { schema: Copilot, keys: ["applyTo", "name", "description", "excludeAgent"] },
  paths: { schema: Paths, keys: ["paths", "description"] },
} as const

/** A rule in another assistant's format, read as that assistant does. */
export function foreignRule(file: RuleFile, base: Rule): ParsedRule {
  const { place, shown } = file
  if (place.kind === "ours" || place.kind === "whole") return { rule: base, problems: [] }
  const { schema, keys } = kinds[place.kind]
  const front = readFrontMatter(file.text, { isLoose: true })
  const problems = [...frontMatterProblems(front, shown), ...unknownKeys(front, keys, shown)]
  const parsed = schema.safeParse(front.fields ?? {})
  if (!parsed.success) {
    for (const { path, message } of parsed.error.issues) {
      const says = `\`${path.map(String).join(".")}\`: ${message.replace(/\.$/, "")}.`
      problems.push(problem("field", "error", shown, front.placeOf(path), says))
    }
  }
  if (!parsed.success || problems.some(({ severity }) => severity === "error")) return { rule: undefined, problems }
  // Cursor's plain Markdown without fields, and Cline's empty list of paths, hold for nothing by themselves.
  const isIdle = place.kind === "paths" && Array.isArray(front.fields?.paths) && front.fields.paths.length === 0
  const title = titleOf(front.body) ?? place.name
  const activation = isIdle ? { activation: "manual" as const } : {}
  return { rule: { ...base, title, ...withImports(file, front.body), ...parsed.data, ...activation }, problems }
}
