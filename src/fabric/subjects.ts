import { InvalidInputError } from "../base/errors.ts"

/** A subject is dot-separated tokens of any characters but white space, `.`, `*`, `>` and controls. */
const token = /^[^\s.*>\p{Cc}]+$/u

/** Throws InvalidInputError unless `subject` names one subject, without wildcards. */
export function assertSubject(subject: string): void {
  if (subject.split(".").every((part) => token.test(part))) return
  throw new InvalidInputError({
    message: `${JSON.stringify(subject)} is not a subject: it takes tokens joined by dots, without spaces or wildcards.`,
  })
}

/** Throws InvalidInputError unless `pattern` is a subject in which `*` may stand for a token and a last `>` for the rest. */
export function assertPattern(pattern: string): void {
  const parts = pattern.split(".")
  const last = parts.length - 1
  if (parts.every((part, i) => part === "*" || (part === ">" && i === last) || token.test(part))) return
  throw new InvalidInputError({
    message: `${JSON.stringify(pattern)} is not a subject pattern: \`*\` stands for one token, a last \`>\` for one or more.`,
  })
}

/** Does the pattern name the subject? `*` matches one token and a trailing `>` one or more, as in NATS. */
export function subjectMatches(pattern: string, subject: string): boolean {
  const wanted = pattern.split(".")
  const given = subject.split(".")
  for (const [i, part] of wanted.entries()) {
    if (part === ">" && i === wanted.length - 1) return given.length > i
    if (i >= given.length || (part !== "*" && part !== given[i])) return false
  }
  return wanted.length === given.length
}

/** Entries filed under patterns and found by subject; those under a plain subject cost one lookup. */
export interface SubjectTable<T> {
  /** Files `entry`; the answer takes it out again. */
  add(pattern: string, entry: T): () => void
  /** Every entry whose pattern matches, plain subjects first, in the order they were filed. */
  match(subject: string): T[]
}

export function subjectTable<T>(): SubjectTable<T> {
  const plain = new Map<string, Set<{ entry: T }>>()
  const wild = new Set<{ pattern: string; entry: T }>()
  return {
    add(pattern, entry) {
      assertPattern(pattern)
      if (/(^|\.)[*>](\.|$)/.test(pattern)) {
        const filed = { pattern, entry }
        wild.add(filed)
        return () => void wild.delete(filed)
      }
      const filed = { entry }
      const bucket = plain.get(pattern) ?? new Set()
      plain.set(pattern, bucket.add(filed))
      return () => {
        bucket.delete(filed)
        if (bucket.size === 0 && plain.get(pattern) === bucket) plain.delete(pattern)
      }
    },
    match(subject) {
      const found: T[] = []
      for (const filed of plain.get(subject) ?? []) found.push(filed.entry)
      for (const filed of wild) if (subjectMatches(filed.pattern, subject)) found.push(filed.entry)
      return found
    },
  }
}
