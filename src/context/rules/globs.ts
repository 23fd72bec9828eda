import { type Glob, pathGlob } from "../../workspace/glob.ts"

const mostExpansions = 200

/** A glob without braces, for each of their choices: `*.{ts,tsx}` is `*.ts` and `*.tsx`. */
export function expanded(glob: string): string[] {
  const done: string[] = []
  const open = [glob]
  while (open.length > 0) {
    const one = open.pop() ?? ""
    const found = innermost(one)
    if (!found || done.length + open.length >= mostExpansions) done.push(one)
    else for (const choice of found.choices) open.push(one.slice(0, found.start) + choice + one.slice(found.end))
  }
  return done
}

/** Braces that hold no others, and a comma. */
function innermost(glob: string): { start: number; end: number; choices: string[] } | undefined {
  const match = /\{([^{}]*,[^{}]*)\}/.exec(glob)
  if (!match) return undefined
  return {
    start: match.index,
    end: match.index + match[0].length,
    choices: (match[1] ?? "").split(",").map((one) => one.trim()),
  }
}

/** How a rule's globs judge a path relative to its folder. */
export interface GlobSet {
  /** The glob that took it in, or undefined. */
  match(path: string): string | undefined
}

/**
 * Compiled once. A glob without a slash is for names in any folder, as users of other assistants expect; one that ends in
 * a slash, or names a folder, takes in what is below. A leading `!` takes out again.
 */
export function globSet(globs: readonly string[]): GlobSet {
  const taken: { glob: string; test: Glob }[] = []
  const left: Glob[] = []
  for (const glob of globs) {
    const isLeft = glob.startsWith("!")
    for (const one of expanded(isLeft ? glob.slice(1) : glob)) {
      for (const pattern of formsOf(one)) {
        const test = quickGlob(pattern)
        if (!test) continue
        if (isLeft) left.push(test)
        else taken.push({ glob, test })
      }
    }
  }
  const isAll = taken.length === 0
  return {
    match(path) {
      const glob = isAll ? "**" : taken.find(({ test }) => test(path))?.glob
      return glob === undefined || left.some((test) => test(path)) ? undefined : glob
    },
  }
}

/** With what is plain at its ends compared first: a file fits few of a thousand globs. */
function quickGlob(pattern: string): Glob | undefined {
  const test = pathGlob(pattern)
  if (!test) return undefined
  const start = /^[^*?[\\]*/.exec(pattern)?.[0] ?? ""
  const end = /[^*?[\]\\/]*$/.exec(pattern)?.[0] ?? ""
  return (path) => path.startsWith(start) && path.endsWith(end) && test(path)
}

function formsOf(written: string): string[] {
  const glob = written.replace(/^\.?\//, "")
  if (glob === "*" || glob === "**" || glob === "**/*") return ["**"]
  if (glob.endsWith("/")) return [`${glob}**`]
  if (!glob.includes("/")) return /[*?[]/.test(glob) ? [`**/${glob}`] : [`**/${glob}`, `**/${glob}/**`]
  return /[*?[]/.test(glob.slice(glob.lastIndexOf("/"))) ? [glob] : [glob, `${glob}/**`]
}
