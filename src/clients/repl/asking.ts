/** What this terminal itself asks the person: one thing at a time, answered with the next line. */
export interface Asking {
  /** Resolves with the line; undefined where they would rather not (Esc, Ctrl-C, or another question). */
  ask(prompt: string): Promise<string | undefined>
  /** Of the question that waits. */
  readonly prompt: string | undefined
  answer(line: string): void
  cancel(): void
}

export function asking(onChange: () => void): Asking {
  let waiting: { readonly prompt: string; resolve(line: string | undefined): void } | undefined
  const end = (line: string | undefined) => {
    const before = waiting
    waiting = undefined
    before?.resolve(line)
    onChange()
  }
  return {
    ask(prompt) {
      end(undefined)
      return new Promise((resolve) => {
        waiting = { prompt, resolve }
        onChange()
      })
    },
    get prompt() {
      return waiting?.prompt
    },
    answer: end,
    cancel: () => end(undefined),
  }
}
