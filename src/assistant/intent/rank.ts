import type { Offered } from "./offered.ts"

/** What is so now: decides which command is likely the next. */
export interface Situation {
  /** Paths that differ from the last commit; null where there is no repository or it can't be told. */
  readonly changedFiles: number | null
  readonly conflicts: number
  readonly hasModel: boolean
  readonly isIndexing: boolean
  /** Names of commands that were used, the latest first. */
  readonly used: readonly string[]
}

export interface Ranked {
  readonly name: string
  readonly words: readonly string[]
  readonly summary: string
  /** Why it stands so high; "" where only its name speaks for it. */
  readonly why: string
  readonly score: number
}

interface Likely {
  readonly name: string
  readonly weight: number
  readonly why: string
  when(situation: Situation): boolean
}

const after = (last: string, name: string, why: string): Likely => ({
  name,
  weight: 2,
  why,
  when: ({ used }) => used[0] === last,
})

/** What usually comes next. Names that the registry does not have count for nothing. */
const likely: readonly Likely[] = [
  { name: "llm.connect", weight: 3, why: "no model is connected", when: ({ hasModel }) => !hasModel },
  { name: "index.status", weight: 2, why: "the index is being built", when: ({ isIndexing }) => isIndexing },
  {
    name: "checkpoint.diff",
    weight: 1.5,
    why: "files have changed",
    when: ({ changedFiles }) => (changedFiles ?? 0) > 0,
  },
  { name: "review", weight: 1.5, why: "files have changed", when: ({ changedFiles }) => (changedFiles ?? 0) > 0 },
  {
    name: "checkpoint.undo",
    weight: 1,
    why: "files have changed",
    when: ({ changedFiles }) => (changedFiles ?? 0) > 0,
  },
  { name: "review", weight: 1, why: "there are conflicts", when: ({ conflicts }) => conflicts > 0 },
  after("llm.connect", "llm.test", "a model was connected"),
  after("llm.connect", "llm.list-models", "a model was connected"),
  after("checkpoint.list", "checkpoint.show", "checkpoints were listed"),
  after("checkpoint.list", "checkpoint.restore", "checkpoints were listed"),
  after("checkpoint.undo", "checkpoint.redo", "something was undone"),
  after("checkpoint.restore", "checkpoint.undo", "files were restored"),
  after("session.list", "session.show", "conversations were listed"),
  after("analyze", "refactor", "something was analyzed"),
  after("generate", "test", "something was generated"),
  after("search", "explain", "something was searched"),
  after("search", "impact", "something was searched"),
]

/** A name that fits better stands before all that use and circumstances can say. */
const fitWeight = 40
/** How much less a use counts than the one after it. */
const decay = 0.85
/** Uses further back than this are forgotten. */
const mostUsed = 100

/**
 * Commands for what is typed so far, the likeliest first: how well the name fits, what is so now, and what was used often
 * and lately. `text`: the beginning of a name, its words apart or joined ("checkpoint l"); "" fits all.
 */
export function rankCommands(
  text: string,
  commands: readonly Offered[],
  situation: Situation,
  limit: number,
): readonly Ranked[] {
  const uses = usesOf(situation.used)
  const reasons = likely.filter(({ when }) => when(situation))
  const lastGroup = situation.used[0]?.split(".")[0]
  return commands
    .flatMap(({ name, words, summary }): Ranked[] => {
      const match = matchOf(text, words)
      if (match === 0) return []
      const found = reasons.filter((one) => one.name === name)
      const use = uses.get(name) ?? 0
      const isNear = words.length > 1 && words[0] === lastGroup && name !== situation.used[0]
      const score = match * fitWeight + found.reduce((sum, { weight }) => sum + weight, 0) + use + (isNear ? 0.5 : 0)
      return [{ name, words, summary, why: found[0]?.why ?? (use > 0 ? "used before" : ""), score }]
    })
    .sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1))
    .slice(0, limit)
}

/** 1: the name begins so; less where a later word does, or it is somewhere inside; 0: not at all. */
function matchOf(text: string, words: readonly string[]): number {
  const wanted = text
    .toLowerCase()
    .replaceAll(/[.\s]+/g, " ")
    .trimStart()
  if (wanted === "" || words.join(" ").startsWith(wanted)) return 1
  if (words.some((word) => word.startsWith(wanted))) return 0.7
  return words.join(" ").includes(wanted) ? 0.4 : 0
}

function usesOf(used: readonly string[]): ReadonlyMap<string, number> {
  const uses = new Map<string, number>()
  for (const [at, name] of used.slice(0, mostUsed).entries()) uses.set(name, (uses.get(name) ?? 0) + decay ** at)
  return uses
}
