import { z } from "zod"

export type Decision = "allow" | "ask" | "deny"

/** Whose word a rule is. What a layer says can be made stricter by the ones after it, never looser; see `judge`. */
export type LayerName = "organisation" | "user" | "project" | "session"

/** What a rule is about. A rule for `read` or `write` holds for every tool that reads or writes files. */
export type Subject =
  | { readonly kind: "command"; readonly pattern: string }
  | { readonly kind: "read" | "write"; readonly pattern: string }
  | { readonly kind: "domain"; readonly pattern: string }
  | { readonly kind: "tool"; readonly pattern: string }

export interface Rule {
  readonly decision: Decision
  readonly subject: Subject
  readonly layer: LayerName
  /** As it was written, for explanations. */
  readonly text: string
  /** `path:line`, or another place that a person can look at. */
  readonly where: string
}

const pattern = z.string().trim().min(1).max(1000)

/** One rule in a settings file: `{ "command": "npm run test *" }`, or a text as other assistants write it. */
const RuleSetting = z.union([
  z.string().trim().min(1).max(1100),
  z.strictObject({ command: pattern }),
  z.strictObject({ read: pattern }),
  z.strictObject({ write: pattern }),
  z.strictObject({ domain: pattern }),
  z.strictObject({ tool: pattern }),
])

const list = z.array(RuleSetting).max(2000).readonly().optional()

/** `permissions` in a settings file. */
export const PermissionSettings = z.strictObject({ allow: list, ask: list, deny: list })
export type PermissionSettings = z.infer<typeof PermissionSettings>

export interface RulesRead {
  readonly rules: readonly Rule[]
  /** Rules that were not understood; never taken for something else. */
  readonly warnings: readonly string[]
}

/** The rules of one layer. `where` is the file they stand in, and `lineOf` finds the line of one of them, if it can. */
export function readRules(options: {
  readonly layer: LayerName
  readonly where: string
  readonly settings: PermissionSettings
  readonly lineOf?: (decision: Decision, index: number) => number | undefined
}): RulesRead {
  const { layer, where, settings, lineOf } = options
  const rules: Rule[] = []
  const warnings: string[] = []
  for (const decision of ["deny", "ask", "allow"] as const)
    for (const [index, setting] of (settings[decision] ?? []).entries()) {
      const line = lineOf?.(decision, index)
      const place = line === undefined ? where : `${where}:${line}`
      const text = typeof setting === "string" ? setting : JSON.stringify(setting)
      const subjects = subjectsOf(setting)
      if (subjects === undefined) warnings.push(`${place}: the rule ${JSON.stringify(text)} is not understood.`)
      for (const subject of subjects ?? []) rules.push({ decision, subject, layer, text, where: place })
    }
  return { rules, warnings }
}

function subjectsOf(setting: z.infer<typeof RuleSetting>): readonly Subject[] | undefined {
  if (typeof setting === "string") return subjectsOfText(setting)
  for (const kind of ["command", "read", "write", "domain", "tool"] as const)
    if (kind in setting) return [{ kind, pattern: (setting as Record<typeof kind, string>)[kind] }]
  return undefined
}

const reading = new Set(["Read", "Grep", "Glob", "LS", "NotebookRead"])
const writing = new Set(["Edit", "Write", "MultiEdit", "NotebookEdit"])

/**
 * `Bash(npm run test:*)`, `Edit(src/**)`, `Read(~/notes/*)`, `WebFetch(domain:example.com)`, `mcp__server__tool`,
 * `mcp__server`, or a bare tool's name. Undefined for what is none of these.
 */
function subjectsOfText(text: string): readonly Subject[] | undefined {
  const parsed = /^([A-Za-z_][\w*-]*)(?:\(([\s\S]*)\))?$/.exec(text)
  if (!parsed) return undefined
  const [, name = "", inner] = parsed
  const pattern = inner?.trim()
  if (pattern === "") return undefined
  if (name === "Bash") return [{ kind: "command", pattern: pattern ?? "*" }]
  if (reading.has(name)) return [{ kind: "read", pattern: pattern ?? "//**" }]
  // Who may not read a file may not overwrite it unseen, but who may write one may also read it.
  if (writing.has(name)) return [{ kind: "write", pattern: pattern ?? "//**" }]
  if (name === "WebFetch") {
    const domain = pattern === undefined ? "*" : /^domain:\s*(\S+)$/.exec(pattern)?.[1]
    return domain === undefined ? undefined : [{ kind: "domain", pattern: domain }]
  }
  if (pattern !== undefined) return undefined
  if (/^mcp__[^_]+(?:_[^_]+)*$/.test(name))
    return [
      { kind: "tool", pattern: `${name}__*` },
      { kind: "tool", pattern: name },
    ]
  return [{ kind: "tool", pattern: name }]
}
