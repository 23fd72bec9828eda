import { posix } from "node:path"
import { isPrivateHost } from "./address.ts"
import { commandCover } from "./command-pattern.ts"
import { defaultOf, type Effect, type Mode, refusalOf } from "./mode.ts"
import { domainMatch, isUnder, pathMatcher, starMatch } from "./pattern.ts"
import { onlyReads } from "./readers.ts"
import type { Decision, LayerName, Rule, Subject } from "./rule.ts"
import { type ProgramPart, takeApart } from "./shell/take-apart.ts"
import { launches, programOf } from "./shell/wrappers.ts"

/** What a tool is about to do. */
export interface ToolRequest {
  /** The tool's name; `mcp__server__tool` for one of an MCP server. */
  readonly tool: string
  readonly effects: readonly Effect[]
  /**
   * Files it will read or write: absolute, or relative to `place.root`. Give where a link leads, and the link as well where
   * it is another path: a rule that denies either denies the call.
   */
  readonly paths?: readonly { readonly path: string; readonly access: "read" | "write" }[]
  /** A shell command it will run in `place.cwd`. */
  readonly command?: string
  /** Hosts it will speak to. */
  readonly domains?: readonly string[]
}

/** Absolute, canonical folders. */
export interface Place {
  readonly root: string
  readonly home: string
  /** Where commands start; the root where it is left out. */
  readonly cwd?: string
}

/** One thing a request would do, and what was decided about it. */
export interface PartJudgement {
  readonly kind: "tool" | "program" | "wrapper" | "read" | "write" | "domain" | "unsure"
  readonly text: string
  readonly decision: Decision
  /** The rule that decided; undefined where none did and the mode's default holds. */
  readonly rule: Rule | undefined
  readonly why: string
}

export interface Judgement {
  readonly decision: Decision
  readonly rule: Rule | undefined
  /** A sentence for the person or the model. */
  readonly why: string
  readonly parts: readonly PartJudgement[]
}

/** A part before it is judged. `covers` says how surely a rule's subject is about it. */
interface Part {
  readonly kind: PartJudgement["kind"]
  readonly text: string
  readonly effect: Effect
  readonly covers: (subject: Subject, decision: Decision) => "yes" | "maybe" | "no"
  /** Decided by what it is, unless a rule is stricter. */
  readonly fixed?: { readonly decision: Decision; readonly why: string }
  /** Only a rule that names it allows it: `*` and the tool's name do not. */
  readonly isNamedOnly?: boolean
}

const strictness: Record<Decision, number> = { allow: 0, ask: 1, deny: 2 }

export const stricter = (a: Decision, b: Decision): Decision => (strictness[a] >= strictness[b] ? a : b)

/**
 * What is to be done with a request: the strictest judgement of its parts, each of which must be allowed.
 *
 * For one part, deny goes before ask and ask before allow, whichever layer they stand in: what the organisation denies
 * nobody below can allow. One exception makes remembered answers possible: an allow of the session, which is the person's
 * own answer, settles an ask of the user and the project; never one of the organisation. Where no rule speaks, the mode
 * decides by the effect. In plan mode nothing but reading is allowed, whatever the rules say.
 *
 * Pure. A command that can't be taken apart for certain is never allowed without asking.
 */
export function judge(request: ToolRequest, rules: readonly Rule[], mode: Mode, place: Place): Judgement {
  const parts = partsOf(request, place).map((part) => judgePart(part, request, rules, mode))
  const worst = parts.reduce((a, b) => (strictness[b.decision] > strictness[a.decision] ? b : a))
  return { decision: worst.decision, rule: worst.rule, why: worst.why, parts }
}

function partsOf(request: ToolRequest, place: Place): [Part, ...Part[]] {
  const parts: Part[] = []
  for (const { path, access } of request.paths ?? [])
    parts.push(filePart(access, path, [posix.resolve(place.root, path)], place))
  for (const domain of request.domains ?? [])
    parts.push({
      kind: "domain",
      text: domain,
      effect: "network",
      covers: (subject) => (subject.kind === "domain" && domainMatch(subject.pattern, domain) ? "yes" : "no"),
      isNamedOnly: isPrivateHost(domain),
    })
  if (request.command !== undefined) parts.push(...commandParts(request.command, place))
  // Effects that no part stands for are the tool's own.
  const told = new Set(parts.map((part) => part.effect))
  const own = request.effects.filter((effect) => !told.has(effect) && !(effect === "executes" && request.command))
  for (const effect of own) parts.push({ kind: "tool", text: request.tool, effect, covers: () => "no" })
  const [first, ...rest] = parts
  return first ? [first, ...rest] : [{ kind: "tool", text: request.tool, effect: "reads", covers: () => "no" }]
}

function commandParts(command: string, place: Place): Part[] {
  return takeApart(command, place.cwd ?? place.root).map((part) => {
    if (part.kind === "program") return programPart(part, place)
    if (part.kind === "unsure") return unsure(part.text, part.why, command)
    if (part.paths !== undefined) return filePart(part.access, part.text, part.paths, place)
    return unsure(part.text, "which file it leads to is only known when it runs", command)
  })
}

const effectOf = (access: "read" | "write"): Effect => (access === "read" ? "reads" : "writes")

/** Only a rule with exactly this command allows what is not understood. */
const unsure = (text: string, why: string, command: string): Part => ({
  kind: "unsure",
  text,
  effect: "executes",
  covers({ kind, pattern }, decision) {
    if (kind !== "command") return "no"
    return pattern.trim() === command.trim() || (pattern === "*" && decision !== "allow") ? "yes" : "no"
  },
  fixed: { decision: "ask", why: `It can't be taken apart for certain: ${why}.` },
})

function programPart(part: ProgramPart, place: Place): Part {
  const { words, open } = part
  const [first, ...rest] = words
  // A rule that denies `rm` means /bin/rm as well; one that allows it means only what was written.
  const bare = first ? [{ ...first, text: programOf(first), prefix: programOf(first) }, ...rest] : words
  const named = words.slice(1).filter((word) => word.isLiteral && !word.text.startsWith("-"))
  const covers: Part["covers"] = (subject, decision) => {
    if (subject.kind === "command") {
      const cover = commandCover(subject.pattern, words, open)
      if (cover === "yes" || decision === "allow") return cover
      const isWithin =
        launches(words) && words.some((_, i) => commandCover(subject.pattern, words.slice(i), open) !== "no")
      const plainly = commandCover(subject.pattern, bare, open)
      return plainly === "no" && isWithin ? "maybe" : plainly
    }
    // A path that may not be read or written may not be named to a program either.
    if ((subject.kind !== "read" && subject.kind !== "write") || decision !== "deny") return "no"
    const matches = pathMatcher(subject.pattern, place)
    const from = part.folders ?? [place.root]
    const isNamed = named.some((word) => from.some((folder) => matches(posix.resolve(folder, word.text))))
    return isNamed && (subject.kind === "read" || !onlyReads(part, place.root)) ? "yes" : "no"
  }
  // A wrapper is as good as what it starts, which is judged beside it.
  if (part.isTransparent)
    return {
      kind: "wrapper",
      text: part.text,
      effect: "reads",
      covers: (subject, decision) => (decision === "allow" ? "no" : covers(subject, decision)),
      fixed: { decision: "allow", why: "It only starts another program." },
    }
  const effect = onlyReads(part, place.root) ? "reads" : "executes"
  return { kind: "program", text: part.text, effect, covers }
}

/** Folders in which a changed file can make programs run, or rules allow more, outside of any question. */
const guarded = [".git", ".duck"]

const namesOf = (path: string) => path.toLowerCase().split("/")

function filePart(access: "read" | "write", text: string, paths: readonly string[], place: Place): Part {
  const isInside = paths.every((path) => isUnder(place.root, path))
  const guard =
    access === "write" ? guarded.find((name) => paths.some((path) => namesOf(path).includes(name))) : undefined
  const askedAbout = !isInside
    ? `${text} is outside the project.`
    : guard && `${text} is in ${guard}, which says what programs run and what is allowed.`
  return {
    kind: access,
    text,
    effect: effectOf(access),
    covers(subject, decision) {
      // What may not be read may not be written unseen.
      const isAbout = subject.kind === access || (subject.kind === "read" && access === "write" && decision === "deny")
      if (!isAbout) return "no"
      // A rule for all files does not mean these.
      if (decision === "allow" && guard !== undefined && !subject.pattern.includes(guard)) return "no"
      const matches = pathMatcher(subject.pattern, place)
      const found =
        decision === "allow" ? paths.every(matches) : paths.some((path) => matchesAnyCase(subject.pattern, path, place))
      return found ? "yes" : "no"
    },
    ...(askedAbout === undefined ? {} : { fixed: { decision: "ask", why: askedAbout } }),
  }
}

/** macOS and Windows don't tell `.ENV` from `.env`: a rule that denies one denies the other. */
function matchesAnyCase(pattern: string, path: string, place: Place): boolean {
  if (pathMatcher(pattern, place)(path)) return true
  const low = { root: place.root.toLowerCase(), home: place.home.toLowerCase() }
  return pathMatcher(pattern.toLowerCase(), low)(path.toLowerCase())
}

interface Verdict {
  readonly decision: Decision
  readonly rule: Rule
  readonly isSure: boolean
  /** It would allow, but for a host that has to be named. */
  readonly isUnnamed?: boolean
}

function judgePart(part: Part, request: ToolRequest, rules: readonly Rule[], mode: Mode): PartJudgement {
  const { kind, text } = part
  const refused = refusalOf(mode, part.effect)
  if (refused) return { kind, text, decision: "deny", rule: undefined, why: refused }
  const verdicts: Verdict[] = []
  const unnamed: Verdict[] = []
  for (const rule of rules) {
    // A tool that may run anything may still not run what nobody understands.
    const isBeyond = kind === "unsure" && rule.decision === "allow"
    const isTool = rule.subject.kind === "tool" && starMatch(rule.subject.pattern, request.tool) && !isBeyond
    const cover = isTool ? "yes" : part.covers(rule.subject, rule.decision)
    const isUnnamed = part.isNamedOnly && rule.decision === "allow" && (isTool || rule.subject.pattern === "*")
    if (isUnnamed) {
      if (cover === "yes") unnamed.push({ decision: "ask", rule, isSure: true, isUnnamed })
    } else if (cover === "yes") verdicts.push({ decision: rule.decision, rule, isSure: true })
    else if (cover === "maybe" && rule.decision !== "allow") verdicts.push({ decision: "ask", rule, isSure: false })
  }
  if (!verdicts.some(({ decision }) => decision === "allow")) verdicts.push(...unnamed)
  const settles = (layer: LayerName) => layer === "user" || layer === "project"
  const answered = verdicts.find((one) => one.decision === "allow" && one.rule.layer === "session")
  const left = answered
    ? verdicts.filter((one) => !(one.decision === "ask" && one.isSure && settles(one.rule.layer)))
    : verdicts
  const [strictest] = left.sort((a, b) => strictness[b.decision] - strictness[a.decision])
  const fixed = part.fixed
  if (strictest)
    return { kind, text, decision: strictest.decision, rule: strictest.rule, why: becauseOf(strictest, text) }
  if (fixed) return { kind, text, decision: fixed.decision, rule: undefined, why: fixed.why }
  return { kind, text, rule: undefined, ...defaultOf(mode, part.effect, text) }
}

const verbs: Record<Decision, string> = { allow: "allowed", ask: "to be asked about", deny: "denied" }

function becauseOf({ decision, rule, isSure, isUnnamed }: Verdict, text: string): string {
  const which = `the ${rule.layer}'s rule ${rule.text} (${rule.where})`
  if (isUnnamed) return `${text} is this computer or a network that is not public, which ${which} does not name.`
  return isSure ? `${text} is ${verbs[decision]} by ${which}.` : `${text} may be ${verbs[rule.decision]} by ${which}.`
}
