/**
 * The task of bench/assistant.ts: ten answers of the model with two tool calls each, and an eleventh that ends it. Each
 * agent has tools of its own, so each step is said in all of their words. What is read, changed and run is the same.
 */
export interface Call {
  readonly name: string
  readonly arguments: Readonly<Record<string, unknown>>
}

export type AgentName = "RubberDuck" | "Codex" | "opencode"

/** A step, as something that any agent can do. */
type Step =
  | { readonly kind: "read"; readonly path: string }
  | { readonly kind: "edit"; readonly path: string; readonly before: string; readonly after: string }
  | { readonly kind: "run"; readonly command: string }

export const files = 12
export const pathOf = (n: number) => `src/part-${n}.js`
export const contentOf = (n: number) =>
  [
    `// Part ${n} of a small program.`,
    `export const limit = ${n}`,
    ...Array.from({ length: 60 }, (_, line) => `export const f${line} = (x) => x + limit + ${line}`),
    "",
  ].join("\n")

const changeOf = (n: number): Step & { kind: "edit" } => ({
  kind: "edit",
  path: pathOf(n),
  before: `export const limit = ${n}`,
  after: `export const limit = ${n} * 1000`,
})
const check = (n: number): Step => ({ kind: "run", command: `grep -c "limit" ${pathOf(n)}` })

/** Ten reads, five edits, five commands. */
const answers: readonly (readonly [Step, Step])[] = [0, 1, 2, 3, 4].flatMap((n) => [
  [{ kind: "read", path: pathOf(n) } as const, { kind: "read", path: pathOf(n + 5) } as const] as const,
  [changeOf(n), check(n)] as const,
])
export const calls = answers.length * 2

/** What each file must be at the end. */
export const wanted = (n: number) =>
  n < 5 ? contentOf(n).replace(changeOf(n).before, changeOf(n).after) : contentOf(n)

const words: Readonly<Record<AgentName, (step: Step, root: string) => Call>> = {
  RubberDuck(step) {
    const { kind, ...args } = step
    return { name: kind, arguments: args }
  },
  // It reads with a shell and changes files with a patch, which it takes as an argument of the same tool.
  Codex(step) {
    switch (step.kind) {
      case "read":
        return shell(`cat ${step.path}`)
      case "run":
        return shell(step.command)
      case "edit":
        return shell(
          `apply_patch <<'EOF'\n*** Begin Patch\n*** Update File: ${step.path}\n@@\n-${step.before}\n+${step.after}\n*** End Patch\nEOF`,
        )
    }
  },
  opencode(step, root) {
    switch (step.kind) {
      case "read":
        return { name: "read", arguments: { filePath: `${root}/${step.path}` } }
      case "run":
        return { name: "bash", arguments: { command: step.command, description: "Counts the lines with limit" } }
      case "edit":
        return {
          name: "edit",
          arguments: { filePath: `${root}/${step.path}`, oldString: step.before, newString: step.after },
        }
    }
  },
}
const shell = (cmd: string): Call => ({ name: "exec_command", arguments: { cmd } })

/** The calls of answer `n` (from 0) in the agent's words; none: the task is done. */
export const callsOf = (agent: AgentName, n: number, root: string): readonly Call[] =>
  (answers[n] ?? []).map((step) => words[agent](step, root))

export const task = "Multiply the limits of parts 0 to 4 by 1000, and check each file."
export const lastWords = "The limits of five parts are a thousand times what they were."
