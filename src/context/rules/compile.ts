import { satisfies } from "semver"
import { estimateTokens } from "../../base/tokens.ts"
import type { Finding } from "../../code/finding.ts"
import { stemsOf } from "../words.ts"
import { cyclesOf, reachable } from "./cycles.ts"
import { type GlobSet, globSet } from "./globs.ts"
import { atTop, problem } from "./problem.ts"
import { layers, type Rule } from "./rule.ts"

/** A rule made ready for questions: what each of them would work out again is worked out once. */
export interface CompiledRule {
  readonly rule: Rule
  /** Its own text below that of the rules it extends. */
  readonly text: string
  readonly tokens: number
  readonly globs: GlobSet | undefined
  /** Of title, tags and description. */
  readonly stems: ReadonlySet<string>
  readonly descriptionStems: ReadonlySet<string>
  readonly taskStems: readonly (readonly [task: string, stems: ReadonlySet<string>])[]
  /** Ids of rules that it brings along, makes part of itself, and replaces: all, through others too. */
  readonly brings: readonly string[]
  readonly holds: readonly string[]
  readonly replaces: readonly string[]
  /** Why it never holds, whatever is asked; undefined where it may. */
  readonly never: string | undefined
  /** Why it does not hold where a condition is not met: made once, as most rules are out of most answers. */
  readonly unmet: Readonly<Record<"folder" | "globs" | "languages" | "frameworks" | "tasks", string>>
}

export interface CompiledRules {
  /** In the order in which a prompt has them: what goes first stands last. */
  readonly rules: readonly CompiledRule[]
  readonly problems: readonly Finding[]
}

export interface CompileOptions {
  readonly flags: Readonly<Record<string, boolean>>
  readonly disabled: readonly string[]
  /** Paths of files that another goes before, with its path. */
  readonly behind: ReadonlyMap<string, string>
}

/** Around the text of a rule in a prompt. */
const tokensAround = 12

/**
 * What goes first stands last: by layer, then the nearer folder, then priority, then path. No score, no clock: a prompt's
 * beginning must stay as it is from call to call.
 */
export function byPrecedence(a: Rule, b: Rule): number {
  return (
    layers.indexOf(a.layer) - layers.indexOf(b.layer) ||
    depthOf(a.folder) - depthOf(b.folder) ||
    a.priority - b.priority ||
    (a.path < b.path ? -1 : a.path > b.path ? 1 : 0) ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  )
}

export const depthOf = (folder: string): number => (folder === "" ? 0 : folder.split("/").length)

/** Puts rules in order, resolves what they say of each other, and finds what can't be resolved. */
export function compileRules(rules: readonly Rule[], { flags, disabled, behind }: CompileOptions): CompiledRules {
  const ordered = rules.toSorted(byPrecedence)
  const byId = new Map<string, Rule>()
  // Of one id the last in order is the one that is meant.
  for (const rule of ordered) byId.set(rule.id, rule)
  const problems: Finding[] = []
  const out = new Map<Rule, string>()
  const refuse = (rule: Rule, name: string, says: string) => {
    problems.push(problem(name, "error", rule.path, atTop, says))
    out.set(rule, says)
  }
  const edges = {
    requires: new Map(ordered.map((rule) => [rule.id, rule.requires.map(idIn)])),
    extends: new Map(ordered.map((rule) => [rule.id, rule.extends === null ? [] : [rule.extends]])),
    overrides: new Map(ordered.map((rule) => [rule.id, rule.overrides])),
  }
  for (const [name, graph] of Object.entries(edges)) {
    for (const cycle of cyclesOf(graph)) {
      const says = `\`${name}\` goes round in a circle: ${[...cycle, cycle[0]].join(" → ")}.`
      for (const id of cycle)
        for (const rule of ordered) if (rule.id === id && !out.has(rule)) refuse(rule, "cycle", says)
    }
  }
  for (const rule of ordered) {
    if (out.has(rule)) continue
    for (const required of rule.requires) {
      const id = idIn(required)
      const range = required.slice(id.length + 1)
      const found = byId.get(id)
      if (!found) refuse(rule, "requires", `It requires ${id}, which is not there.`)
      else if (range !== "" && (found.version === null || !satisfies(found.version, range)))
        refuse(rule, "requires", `It requires ${id} ${range}; there is ${found.version ?? "one without a version"}.`)
    }
    if (rule.extends !== null && !byId.has(rule.extends))
      refuse(rule, "extends", `It extends ${rule.extends}, which is not there.`)
    for (const id of rule.overrides) {
      const found = byId.get(id)
      const place = () => problem("overrides", "warning", rule.path, atTop, says)
      let says = `It overrides ${id}, which is not there.`
      if (!found) problems.push(place())
      else if (layers.indexOf(found.layer) > layers.indexOf(rule.layer)) {
        says = `It can't override ${id}: a rule of the ${found.layer} goes before one of the ${rule.layer}.`
        problems.push(place())
      }
    }
  }
  // Whoever needs what is out is out as well.
  for (let before = -1; before !== out.size; ) {
    before = out.size
    for (const rule of ordered) {
      if (out.has(rule)) continue
      const needs = [...rule.requires.map(idIn), ...(rule.extends === null ? [] : [rule.extends])]
      const missing = needs.find((id) => {
        const needed = byId.get(id)
        return needed === undefined || out.has(needed)
      })
      if (missing !== undefined) out.set(rule, `It needs ${missing}, which does not hold.`)
    }
  }
  const neverOf = (rule: Rule): string | undefined => {
    if (!rule.isEnabled) return "It is switched off in its file."
    if (disabled.includes(rule.id)) return "It is switched off in your settings (rules.disabled)."
    if (rule.flag !== null && flags[rule.flag] !== true) return `Its feature flag ${rule.flag} is off (rules.flags).`
    const first = behind.get(rule.path)
    return first === undefined ? out.get(rule) : `${first} stands beside it and goes before it.`
  }
  const compiled = ordered.map((rule): CompiledRule => {
    const never = neverOf(rule)
    const line = out.has(rule) ? [] : lineOf(rule, byId)
    return {
      ...partsOf(rule, line),
      brings: reachable(edges.requires, rule.id),
      holds: line.map(({ id }) => id),
      replaces: reachable(edges.overrides, rule.id).filter((id) => {
        const other = byId.get(id)
        return other !== undefined && layers.indexOf(other.layer) <= layers.indexOf(rule.layer)
      }),
      never,
    }
  })
  return { rules: compiled, problems }
}

type Parts = Omit<CompiledRule, "brings" | "holds" | "replaces" | "never">

/** Of rules that extend nothing: as long as their file is not read again, nothing of them changes. */
const known = new WeakMap<Rule, Parts>()

function partsOf(rule: Rule, line: readonly Rule[]): Parts {
  const before = line.length === 0 ? known.get(rule) : undefined
  if (before) return before
  const whole = inherited(rule, line)
  const { title, tags, description, globs, languages, frameworks, tasks, folder } = whole
  const text = [...line.map((one) => one.text), rule.text].filter((part) => part !== "").join("\n\n")
  const parts: Parts = {
    rule: whole,
    text,
    tokens: estimateTokens(text) + tokensAround,
    globs: globs.length > 0 ? globSet(globs) : undefined,
    stems: stemsOf(`${title} ${tags.join(" ")} ${description}`),
    descriptionStems: stemsOf(description),
    taskStems: tasks.map((task) => [task, stemsOf(task)]),
    unmet: {
      folder: `It is for files under ${folder}/.`,
      globs: `It is for files that fit ${shortList(globs)}.`,
      languages: `It is for ${shortList(languages)}.`,
      frameworks: `The project does not use ${shortList(frameworks)}.`,
      tasks: `It is for the task ${shortList(tasks)}.`,
    },
  }
  if (line.length === 0) known.set(rule, parts)
  return parts
}

const shortList = (items: readonly string[]) =>
  items.length <= 4 ? items.join(", ") : `${items.slice(0, 4).join(", ")} and ${items.length - 4} more`

const idIn = (required: string): string => {
  const at = required.lastIndexOf("@")
  return at <= 0 ? required : required.slice(0, at)
}

/** What a rule extends, the furthest first. */
function lineOf(rule: Rule, byId: ReadonlyMap<string, Rule>): Rule[] {
  const line: Rule[] = []
  for (let at = rule.extends; at !== null; ) {
    const above = byId.get(at)
    if (!above || line.includes(above)) break
    line.unshift(above)
    at = above.extends
  }
  return line
}

/** Conditions and check of what it extends, where the rule has none of its own. */
function inherited(rule: Rule, line: readonly Rule[]): Rule {
  let below = rule
  for (const above of line.toReversed())
    below = {
      ...below,
      globs: below.globs.length > 0 ? below.globs : above.globs,
      languages: below.languages.length > 0 ? below.languages : above.languages,
      frameworks: below.frameworks.length > 0 ? below.frameworks : above.frameworks,
      tasks: below.tasks.length > 0 ? below.tasks : above.tasks,
      tags: [...new Set([...above.tags, ...below.tags])],
      decides: { ...above.decides, ...below.decides },
      check: below.check ?? above.check,
      isHard: below.isHard || (below.check === null && above.check !== null && above.isHard),
      isTemplate: below.isTemplate || above.isTemplate,
      model: below.model ?? above.model,
      chunking: below.chunking ?? above.chunking,
    }
  return below
}
