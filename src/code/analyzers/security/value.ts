/** Where data comes from, from what can't do harm to what a stranger chose. */
export const levels = { constant: 0, unknown: 1, parameter: 2, source: 3 } as const
export type Level = (typeof levels)[keyof typeof levels]

/** What is harmless in one place may do harm in another: what a sanitizer is good for. */
export type Danger =
  | "sql"
  | "command"
  | "code"
  | "html"
  | "path"
  | "url"
  | "ldap"
  | "xpath"
  | "header"
  | "data"
  | "regex"
  | "format"

/** What is known of an expression's value without running it. */
export interface Value {
  readonly level: Level
  /** Text of its own and a value that is not known were joined in it. */
  readonly isBuilt: boolean
  /** The whole text, where it is a constant one. */
  readonly text?: string | undefined
  /** The constant text that it begins with, where it was built. */
  readonly head?: string | undefined
  /** The dotted name of what it is: `req` was given to `r`, so `r.query` is `req.query`. */
  readonly path?: string | undefined
  /** Node that the data came in by, and its name. */
  readonly from?:
    | {
        readonly node: number
        readonly says: string
        /** Of the program's own user, who may read and ask what the program may. */
        readonly isOwn?: boolean
      }
    | undefined
  readonly cleanFor: readonly Danger[]
  /** Halved by each function whose working is not known, and by a check of it: 0 to 1. */
  readonly trust: number
  /** It is a function, and the rest says what it gives back. */
  readonly isFunction?: boolean
}

export const constant: Value = { level: levels.constant, isBuilt: false, cleanFor: [], trust: 1 }
export const unknown: Value = { ...constant, level: levels.unknown }
export const textOf = (text: string): Value => ({ ...constant, text, head: text })

/** Either or all of them: the worst counts. */
export function joined(values: readonly Value[], isBuilt = false): Value {
  let worst: Value | undefined
  let built = isBuilt
  for (const value of values) {
    built ||= value.isBuilt
    if (!worst || rank(value) > rank(worst)) worst = value
  }
  if (!worst) return constant
  if (values.length === 1 && !isBuilt) return worst
  const { level, from, cleanFor, trust } = worst
  // What is clean in one part only is clean only there. Parts that are less to be feared don't matter.
  const clean = cleanFor.filter((danger) =>
    values.every((value) => value.level < level || value.cleanFor.includes(danger)),
  )
  return { level, isBuilt: built && level > levels.constant, from, cleanFor: clean, trust }
}

const rank = ({ level, trust, cleanFor }: Value) => level * 10 + trust - cleanFor.length / 100
