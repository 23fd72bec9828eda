import { join } from "node:path"
import { anything, runTestFile } from "./test-scripts.ts"

/** A piece of JavaScript, and whether ESLint's own test of the rule expects it to be reported under the given limit. */
export interface RuleCase {
  readonly code: string
  /** Undefined: the rule's own default. */
  readonly limit: number | undefined
  readonly isBad: boolean
}

/** The cases of a rule in the tests that ESLint 0.1 was published with (vows: a topic, and what is said of it). */
export function eslintCases(folder: string, rule: string): readonly RuleCase[] {
  const found: RuleCase[] = []
  const lengths = new Map<unknown, Omit<RuleCase, "isBad">>()
  const eslint = {
    verify(code: string, { rules }: { rules: Readonly<Record<string, unknown>> }) {
      const option = rules[rule]
      const length = {}
      lengths.set(length, { code, limit: Array.isArray(option) ? Number(option[1]) : undefined })
      return new Proxy([], { get: (_messages, key) => (key === "length" ? length : anything) })
    },
  }
  const equal = (given: unknown, expected: unknown) => {
    const about = lengths.get(given)
    if (about) found.push({ ...about, isBad: Number(expected) > 0 })
  }
  const assert = new Proxy({ equal }, { get: (known, name) => (name === "equal" ? known.equal : () => {}) })
  const batch = (contexts: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => {
    for (const { topic, ...said } of Object.values(contexts)) {
      for (const claim of Object.values(said)) if (typeof claim === "function") claim(topic)
    }
    return described
  }
  const described = { addBatch: batch, export: () => {} }
  runTestFile(join(folder, "tests/lib/rules", `${rule}.js`), {
    modules: (name) =>
      name === "vows"
        ? { describe: () => described }
        : name === "assert"
          ? assert
          : /eslint$/.test(name)
            ? eslint
            : undefined,
  })
  return found
}
