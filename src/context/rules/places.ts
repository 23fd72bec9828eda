import type { Format, Layer } from "./rule.ts"

/** What a path says of a file of rules before it is read. */
export interface Place {
  readonly path: string
  readonly format: Format
  readonly layer: Layer
  /** The folder it stands for; "" for the root. */
  readonly folder: string
  /** Of a folder of rules: the path within it, without the ending. */
  readonly name: string
  /** `whole`: text without front matter of its own. */
  readonly kind: "ours" | "cursor" | "kiro" | "copilot" | "paths" | "whole"
  /** Of those of one group and folder only the first counts; see `firstOfGroup`. */
  readonly group?: number | undefined
}

type Kind = Pick<Place, "format" | "kind"> & { readonly isAtRoot?: boolean; readonly group?: number }

/**
 * Where assistants look, as they name it; the first group of the expression is the folder, the second the name. AGENTS.md
 * and its likes are a group: the others mostly say the same, or only point to it.
 */
const known: readonly (readonly [RegExp, Kind])[] = [
  [/^(.*\/)?\.ai-rules\/(.+)\.md$/, { format: "ai-rules", kind: "ours" }],
  [/^(.*\/)?(AGENTS\.override)\.md$/, { format: "agents", kind: "whole", group: 0 }],
  [/^(.*\/)?(AGENTS)\.md$/, { format: "agents", kind: "whole", group: 1 }],
  [/^(.*\/)?(CLAUDE)\.md$/, { format: "claude", kind: "whole", group: 2 }],
  [/^(.*\/)?(GEMINI)\.md$/, { format: "gemini", kind: "whole", group: 3 }],
  [/^(.*\/)?(QWEN)\.md$/, { format: "gemini", kind: "whole", group: 4 }],
  [/^(.*\/)?(CLAUDE\.local)\.md$/, { format: "claude", kind: "whole" }],
  [/^(.*\/)?\.claude\/rules\/(.+)\.md$/, { format: "claude", kind: "paths" }],
  [/^(.*\/)?\.cursor\/rules\/(.+)\.mdc?$/, { format: "cursor", kind: "cursor" }],
  [/^()(\.cursorrules)$/, { format: "cursor", kind: "whole" }],
  [/^()(\.clinerules)$/, { format: "cline", kind: "whole" }],
  [/^()\.clinerules\/(.+)\.(?:md|txt)$/, { format: "cline", kind: "paths" }],
  [/^()\.kiro\/steering\/(.+)\.md$/, { format: "kiro", kind: "kiro" }],
  [/^()\.github\/(copilot-instructions)\.md$/, { format: "copilot", kind: "whole" }],
  [/^()\.github\/instructions\/(.+)\.instructions\.md$/, { format: "copilot", kind: "copilot" }],
]

/** Folders and files at a project's root that are looked at even where git ignores them. */
export const rootPlaces = [
  ".ai-rules",
  ".claude",
  ".cursor/rules",
  ".clinerules",
  ".kiro/steering",
  ".github",
  ".cursorrules",
  "AGENTS.override.md",
  "AGENTS.md",
  "CLAUDE.md",
  "CLAUDE.local.md",
  "GEMINI.md",
  "QWEN.md",
] as const

/** What a path of a project is to rules; undefined for all that is nothing to them. */
export function placeOf(path: string): Place | undefined {
  // Nearly every path of a project comes through here.
  if (!/\.(?:mdc?|txt)$|\.c(?:ursor|line)rules$/.test(path)) return undefined
  for (const [pattern, { group, ...kind }] of known) {
    const match = pattern.exec(path)
    if (!match) continue
    // The root's CLAUDE.md may stand in .claude as well.
    const folder = (match[1] ?? "").replace(/\/$/, "").replace(/(?:^|\/)\.claude$/, "")
    const name = match[2] ?? ""
    const layer = kind.kind === "ours" && name.startsWith("20-frameworks/") ? "framework" : "project"
    return { path, layer, folder, name, ...kind, ...(group === undefined ? {} : { group }) }
  }
  return undefined
}

/** Of AGENTS.override.md, AGENTS.md, CLAUDE.md, GEMINI.md and QWEN.md of a folder the first; the others with what goes first. */
export function firstOfGroup(places: readonly Place[]): ReadonlyMap<string, string> {
  const first = new Map<string, Place>()
  const grouped = places.filter(({ group }) => group !== undefined)
  for (const place of grouped) {
    const best = first.get(place.folder)
    if (!best || rank(place) < rank(best)) first.set(place.folder, place)
  }
  return new Map(
    grouped.flatMap((place): [string, string][] => {
      const best = first.get(place.folder)?.path ?? place.path
      return best === place.path ? [] : [[place.path, best]]
    }),
  )
}

/** Of two at one rank (CLAUDE.md and .claude/CLAUDE.md) the shorter path. */
const rank = ({ group = 0, path }: Place) => group * 10_000 + path.length
