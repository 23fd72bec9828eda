import { type CompiledRule, depthOf } from "./compile.ts"
import type { RuleQuery } from "./rule-query.ts"

/** A question, with what it takes to hold a thousand rules against it. */
export interface Asked extends RuleQuery {
  readonly stems: ReadonlySet<string>
  readonly frameworks: ReadonlySet<string>
}

/** How much it says for a rule that a condition of it is met. The narrowest counts. */
const weights = { always: 0.4, framework: 0.5, language: 0.6, folder: 0.65, task: 0.7, glob: 0.8, path: 0.9, named: 1 }
const sharedWord = 0.05
const mostForWords = 0.2

/** Why a rule holds and how much it has to do with the question; or, as a text, why it does not. */
export function whetherHolds(compiled: CompiledRule, asked: Asked): { reason: string; score: number } | string {
  const { rule, unmet } = compiled
  const because: string[] = []
  let weight = weights.always
  const met = (reason: string, worth: number) => {
    because.push(reason)
    weight = Math.max(weight, worth)
  }
  const isNamed = asked.named?.includes(rule.id) ?? false
  if (isNamed) met("named by a person", weights.named)
  else if (rule.activation === "manual") return "It holds only when it is named."
  else if (rule.activation === "described" && !isAbout(compiled, asked))
    return "What it describes is not what is asked."
  else if (rule.activation === "described") met("its description fits the task", weights.task)

  if (asked.tags && asked.tags.length > 0) {
    const shared = rule.tags.filter((tag) => asked.tags?.includes(tag))
    if (shared.length === 0) return `It has none of the tags ${asked.tags.join(", ")}.`
    met(`tagged ${shared.join(", ")}`, weights.always)
  }
  const { path } = asked
  if (rule.folder !== "") {
    if (path === undefined || !path.startsWith(`${rule.folder}/`)) return unmet.folder
    met(`for files under ${rule.folder}/`, Math.min(weights.glob, weights.folder + 0.03 * depthOf(rule.folder)))
  }
  if (compiled.globs) {
    const within = rule.folder === "" ? path : path?.slice(rule.folder.length + 1)
    const glob = within === undefined ? undefined : compiled.globs.match(within)
    if (glob === undefined) return unmet.globs
    met(`for ${glob}`, glob === within ? weights.path : glob === "**" ? weights.always : weights.glob)
  }
  if (rule.languages.length > 0) {
    const { language } = asked
    if (language === undefined || !rule.languages.includes(language)) return unmet.languages
    met(`for the language ${language}`, weights.language)
  }
  if (rule.frameworks.length > 0) {
    const used = rule.frameworks.find((name) => asked.frameworks.has(name.replace(/^@/, "").toLowerCase()))
    if (used === undefined) return unmet.frameworks
    met(`the project uses ${used}`, weights.framework)
  }
  if (compiled.taskStems.length > 0) {
    const found = compiled.taskStems.find(([, stems]) => stems.size > 0 && stems.isSubsetOf(asked.stems))
    if (!found) return unmet.tasks
    met(`for the task ${found[0]}`, weights.task)
  }
  const shared = asked.stems.size === 0 ? 0 : compiled.stems.intersection(asked.stems).size
  const score = weight + Math.min(mostForWords, shared * sharedWord) + rule.priority / 10_000
  return {
    reason: because.length === 0 ? "for everything in the project" : because.join(", "),
    score: Math.round(Math.max(0, Math.min(1, score)) * 1000) / 1000,
  }
}

/** Whether a task speaks of what a rule's description says: two of its words, or half of a short one. */
function isAbout({ descriptionStems }: CompiledRule, { stems }: Asked): boolean {
  const shared = descriptionStems.intersection(stems).size
  return shared >= 2 || (shared > 0 && shared * 2 >= descriptionStems.size)
}
