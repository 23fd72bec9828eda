import { abortable } from "../../base/signal.ts"
import type { OneOf, SomeOf } from "../../base/wire.ts"
import { harmless } from "../repl/ink.ts"
import type { Host } from "./host.ts"

type Person = Pick<Host, "stdin" | "stderr" | "signal">

/** Asks the person at the terminal; gives what goes into the input, undefined for an empty line or the end of input. */
export async function chooseOne(
  { question, options }: OneOf,
  host: Person,
): Promise<OneOf["options"][number]["input"] | undefined> {
  const listed = options.map(({ label }, at) => `  ${at + 1}  ${harmless(label)}\n`).join("")
  host.stderr.write(`\n${harmless(question)}\n${listed}`)
  return answers(host, async (ask) => {
    while (true) {
      const typed = await ask(`1 to ${options.length}, or Enter for none: `)
      if (typed === "") return undefined
      const chosen = options.find(({ label }, at) => typed === String(at + 1) || typed === label)
      if (chosen) return chosen.input
    }
  })
}

/** Asks for each whether it is taken; gives the values of those that are. */
export async function chooseSome({ question, each }: SomeOf, host: Person): Promise<readonly string[]> {
  const { stderr } = host
  stderr.write(`\n${harmless(question)} y: yes, n: no, a: this and all that follow, q: none that follow\n`)
  return answers(host, async (ask) => {
    const taken: string[] = []
    for (const [at, { label, shown, value }] of each.entries()) {
      stderr.write(`\n${harmless(shown)}`)
      let typed = ""
      while (!/^[ynaq]$/.test(typed)) typed = (await ask(`${harmless(label)} [y,n,a,q]? `, "q")).toLowerCase()
      if (typed === "q") break
      if (typed === "a") return [...taken, ...each.slice(at).map((one) => one.value)]
      if (typed === "y") taken.push(value)
    }
    return taken
  })
}

/** Lets `work` ask for lines. `atEnd`: the answer where there are no more. */
async function answers<T>(
  { stdin, stderr, signal }: Person,
  work: (ask: (prompt: string, atEnd?: string) => Promise<string>) => Promise<T>,
): Promise<T> {
  // A terminal gives a line at a time.
  const lines = stdin[Symbol.asyncIterator]()
  const ask = async (prompt: string, atEnd = "") => {
    stderr.write(prompt)
    const { done, value } = await abortable(signal, () => lines.next())
    return done ? atEnd : String(value).trim()
  }
  try {
    return await work(ask)
  } finally {
    // Nobody waits for it: a read of a terminal ends with the next line or with the process.
    lines.return?.().catch(() => {})
  }
}
