import { truncate } from "../../../base/text.ts"
import { type Finding, findingOf, type Severity, type SpanEdit } from "../../finding.ts"
import type { FlatTree } from "../../parse/flat-tree.ts"
import { securityRules } from "../rules/rules.ts"
import type { Argument } from "./flow/walk.ts"
import { follow } from "./flow.ts"
import { literalText } from "./names.ts"
import { nameIndex } from "./patterns.ts"
import { type Places, placesIn } from "./places.ts"
import { slowness } from "./regex-ambiguity.ts"
import { regexIn } from "./regex-source.ts"
import type { Family, Least, SecurityRule, Sink } from "./rule.ts"
import { constant, levels, type Value } from "./value.ts"

/** Less sure findings than this are not even made. */
const leastConfidence = 0.3

const families: Readonly<Record<string, Family>> = {
  typescript: "js",
  tsx: "js",
  javascript: "js",
  python: "python",
  go: "go",
  java: "java",
  rust: "rust",
  c: "c",
  cpp: "c",
  csharp: "csharp",
  php: "php",
  ruby: "ruby",
}

interface Armed {
  readonly rule: SecurityRule
  readonly sink: Sink
}

/** A family's sinks, ready to be looked up. */
interface Armoury {
  readonly calls: ReturnType<typeof nameIndex<Armed>>
  readonly assigns: ReturnType<typeof nameIndex<Armed>>
  readonly pairs: ReturnType<typeof nameIndex<Armed>>
  readonly nodes: ReadonlyMap<string, readonly Armed[]>
}

const armouries = new Map<Family, Armoury>()

function armouryOf(family: Family): Armoury {
  let armoury = armouries.get(family)
  if (!armoury) {
    const armed = securityRules.flatMap((rule) =>
      rule.sinks.filter((sink) => sink.in.includes(family)).map((sink) => ({ rule, sink })),
    )
    const by = (key: "call" | "assign" | "pair") =>
      nameIndex(
        armed.flatMap((one) =>
          one.sink[key] === undefined ? [] : namesIn(one.sink[key]).map((n) => [n, one] as const),
        ),
      )
    const nodes = new Map<string, Armed[]>()
    for (const one of armed) {
      const { node } = one.sink
      if (node !== undefined) nodes.set(node, [...(nodes.get(node) ?? []), one])
    }
    armoury = { calls: by("call"), assigns: by("assign"), pairs: by("pair"), nodes }
    armouries.set(family, armoury)
  }
  return armoury
}

/** `{a.b,c.d}` are names of their own; `a.{b,c}` is one. */
function namesIn(text: string): readonly string[] {
  const whole = /^(\^?)(new )?\{([^{}]*)\}$/.exec(text)
  if (!whole) return [text]
  const [, mark = "", made = "", list = ""] = whole
  return list.split(",").map((name) => `${mark}${made && !name.startsWith("new ") ? made : ""}${name}`)
}

/** A file with its syntax tree. The tree is good until the next one of its grammar is read. */
export interface SecurityFile {
  readonly path: string
  /** As the index calls it. */
  readonly language: string
  readonly tree: FlatTree
}

/**
 * What is dangerous in one file: calls, assignments and options that are so whatever they are given, and those that are given
 * data from outside. Nothing for other languages. How sure a finding is says where the data
 * comes from: what a request holds 0.9, a parameter 0.5, unknown 0.3.
 */
export function securityFindings({ path, language, tree }: SecurityFile): readonly Finding[] {
  const family = families[language]
  if (!family) return []
  const armoury = armouryOf(family)
  const report = reporter(path, family, tree)
  follow(tree, family, {
    call(node, callee, args, receiver) {
      for (const one of armoury.calls.find(callee)) report.call(one, node, callee, args, receiver)
      report.regexCall(node, callee, args)
    },
    assign(node, target, value) {
      const right = tree.child(node, "right") >= 0 ? tree.child(node, "right") : tree.child(node, "value")
      for (const one of armoury.assigns.find(target)) report.single(one, node, target, right, value)
    },
    pair(node, key, valueNode, value) {
      for (const one of armoury.pairs.find(key)) report.single(one, node, key, valueNode, value)
    },
    special(node, type, value) {
      for (const one of armoury.nodes.get(type) ?? []) report.single(one, node, spokenNode(type), node, value)
    },
    regex: (node) => report.regex(node, tree.source(tree.child(node, "pattern"))),
  })
  return report.findings()
}

const spokenNode = (type: string) => type.replace(/_(?:statement|expression|intrinsic)$/, "").replaceAll("_", " ")

function reporter(path: string, family: Family, tree: FlatTree) {
  const found = new Map<string, Finding>()
  const seen = new Map<string, number>()
  let places: Places | undefined

  const sourceOfNode = (node: number) => (node < 0 ? "" : tree.source(node))
  const asWritten = (node: number, value: Value) =>
    value.text ?? (value.level === levels.constant ? (literalText(tree, node) ?? "") : sourceOfNode(node)).trim()

  function add(one: Armed, node: number, callee: string, at: number, value: Value, confidence: number) {
    if (confidence < leastConfidence) return
    const { rule, sink } = one
    places ??= placesIn(tree.text)
    const span = places.span(tree.start[node] ?? 0, tree.end[node] ?? 0)
    const key = `${rule.id}:${span.startLine}`
    const before = found.get(key)
    if (before && before.confidence >= confidence) return
    const says = value.from?.says
    const from =
      says === undefined
        ? "Text that is not constant"
        : says.startsWith("the ")
          ? `The ${says.slice(4)}`
          : `\`${says}\``
    const message = (sink.says ?? rule.message)
      .replace("{source}", from.replace(/^(The \w+) (\w+)$/, "$1 `$2`"))
      .replace("{callee}", truncate(callee.replace(/^\?\./, "").replace(/^\^/, ""), 60))
    const line = places.line(span.startLine)
    const evidence = truncate(line.trim(), 200)
    const nth = seen.get(`${rule.id}\0${evidence}`) ?? 0
    if (!before) seen.set(`${rule.id}\0${evidence}`, nth + 1)
    const fix = fixOf(one, at >= 0 ? at : node, node)
    const source = value.from && value.level === levels.source ? value.from : undefined
    const finding: Finding = {
      ...findingOf(
        {
          rule: rule.id,
          severity: severityFor(rule.severity, confidence),
          message,
          path,
          evidence,
          explanation: rule.explanation,
          confidence: Math.round(confidence * 100) / 100,
          tags: ["security", ...rule.cwe.map((number) => `CWE-${number}`)],
          related: source
            ? [
                {
                  ...places.span(tree.start[source.node] ?? 0, tree.end[source.node] ?? 0),
                  path,
                  says: `${source.says} comes in here`,
                },
              ]
            : [],
          ...span,
          ...(fix ? { fix } : {}),
        },
        before ? 0 : nth,
      ),
      ...(before ? { fingerprint: before.fingerprint } : {}),
    }
    found.set(key, finding)
  }

  function fixOf({ sink }: Armed, at: number, node: number): Finding["fix"] {
    if (!sink.fix) return undefined
    const { says, from, to, isSafe } = sink.fix
    for (const target of [at, node]) {
      const source = tree.source(target)
      if (source.length > 1_000 || !from.test(source)) continue
      const index = source.search(from)
      const match = from.exec(source)?.[0] ?? ""
      const start = (tree.start[target] ?? 0) + index
      places ??= placesIn(tree.text)
      const edit: SpanEdit = { ...places.span(start, start + match.length), path, text: match.replace(from, to) }
      return { says, edits: [edit], isSafe }
    }
    return undefined
  }

  /** `heads`: what the arguments begin with, where it stands elsewhere. */
  function fits({ sink }: Armed, node: number, heads = ""): boolean {
    if (!sink.needs && !sink.unless) return true
    // What the value is given to says what it is for: `const token = Math.random()`.
    const source = truncate(tree.source(node), 2_000)
    const around = sink.args === "none" ? `${enclosing(node)}\n${source}` : `${source}\n${heads}`
    return (sink.needs?.test(around) ?? true) && !(sink.unless?.test(source) ?? false)
  }

  /** The statement's first line and the name of the function around. */
  function enclosing(node: number): string {
    let at = node
    const names: string[] = []
    for (let steps = 0; at > 0 && steps < 12; steps++) {
      at = tree.parentOf(at)
      const name = tree.child(at, "name")
      if (name >= 0) names.push(tree.source(name).slice(0, 80))
      const left = tree.child(at, "left")
      if (left >= 0) names.push(tree.source(left).slice(0, 80))
      const key = tree.child(at, "key")
      if (key >= 0) names.push(tree.source(key).slice(0, 80))
    }
    return names.join("\n")
  }

  function judged(one: Armed, node: number, callee: string, at: number, value: Value) {
    const { sink, rule } = one
    if (rule.danger && value.cleanFor.includes(rule.danger)) return
    if (sink.unlessHead && value.head !== undefined && sink.unlessHead.test(value.head)) return
    if (sink.is && !sink.is.test(asWritten(at, value))) return
    // Paths and addresses on the command line are what a program is for.
    const isMeant = value.from?.isOwn === true && (rule.danger === "path" || rule.danger === "url")
    const confidence = (sink.least ? confidenceOf(value, sink.least) : 1) * (isMeant ? 0.5 : 1)
    if (confidence === 0) return
    add(one, node, callee, at, value, Math.min(confidence, 1) * (sink.confidence ?? 0.9))
  }

  return {
    call(one: Armed, node: number, callee: string, args: readonly Argument[], receiver: Value) {
      const { sink } = one
      const heads = args.map(({ value }) => value.head ?? "").join(" ")
      if (!fits(one, node, heads)) return
      if (sink.args === "none") return add(one, node, callee, -1, constant, sink.confidence ?? 0.9)
      if (sink.args === "receiver") return judged(one, node, callee, node, receiver)
      const wanted = sink.args ?? [0]
      let position = 0
      for (const { node: at, name, value } of args) {
        const isMeant =
          name === "" ? wanted === "all" || wanted.includes(position++) : wanted === "all" || sink.named?.includes(name)
        if (isMeant) judged(one, node, callee, at, value)
      }
    },
    single(one: Armed, node: number, name: string, at: number, value: Value) {
      if (!fits(one, node)) return
      if (one.sink.args === "none") add(one, node, name, at, constant, one.sink.confidence ?? 0.9)
      else judged(one, node, name, at, value)
    },
    regexCall(node: number, callee: string, args: readonly Argument[]) {
      const source = regexIn(family, callee, args)
      if (source !== undefined) this.regex(node, source)
    },
    regex(node: number, source: string) {
      const rule = slowRegex
      const slow = rule && slowness(source, family)
      if (!slow) return
      add({ rule, sink: { in: [], says: slow } }, node, "", -1, constant, 0.85)
    },
    findings: () => [...found.values()],
  }
}

const slowRegex = securityRules.find(({ id }) => id === "security/slow-regex")

/** How much of the sureness of a rule is left for a value; 0 for none. */
function confidenceOf(value: Value, least: Least): number {
  const { level, isBuilt, trust } = value
  if (level === levels.constant) return 0
  if (level === levels.source) return trust
  switch (least) {
    case "source":
      return 0
    case "parameter":
      return level === levels.parameter ? 0.6 * trust : 0
    case "built":
      // Whoever wants to see every argument that is not constant asks for the least sure.
      if (!isBuilt) return 0.34 * trust
      return (level === levels.parameter ? 0.6 : 0.35) * trust
    case "unknown":
      return (level === levels.parameter ? 0.65 : 0.5) * trust
  }
}

function severityFor(severity: Severity, confidence: number): Severity {
  if (severity === "error" && confidence < 0.6) return "warning"
  return confidence < 0.4 ? "note" : severity
}
