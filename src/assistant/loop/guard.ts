import type { ToolContent } from "../conversation/parts.ts"

/** Notices a turn that goes in circles. */
export interface CallGuard {
  /** Called with each outcome; a text is added to what the model is given. */
  note(name: string, args: string, content: readonly ToolContent[]): string | undefined
  isStuck(): boolean
}

const warnAt = 3
const stopAt = 6

/** The same call with the same result, over and over: first the model is told, then the turn is ended. */
export function callGuard(): CallGuard {
  const seen = new Map<string, { result: string; times: number }>()
  let most = 0
  return {
    note(name, args, content) {
      const key = `${name} ${args}`
      const result = JSON.stringify(content)
      const before = seen.get(key)
      const times = before?.result === result ? before.times + 1 : 1
      seen.set(key, { result, times })
      most = Math.max(most, times)
      if (times < warnAt) return undefined
      return `This very call has now given this very result ${times} times. Do something else, or say what you lack.`
    },
    isStuck: () => most >= stopAt,
  }
}
