import { join } from "node:path"
import { mocha, runTestFile } from "./test-scripts.ts"

/** A module, and the cyclomatic complexity that escomplex's tests say that all of it has. */
export interface ComplexityCase {
  readonly code: string
  readonly expected: number
}

/** Cases of escomplex's tests without options of its own. */
export function escomplexCases(folder: string): readonly ComplexityCase[] {
  const found: ComplexityCase[] = []
  const codeOf = new Map<unknown, string>()
  const reportOf = (code: string | undefined): unknown => {
    const cyclomatic = {}
    if (code !== undefined) codeOf.set(cyclomatic, code)
    const aggregate = new Proxy({}, { get: (_it, key) => (key === "cyclomatic" ? cyclomatic : new Proxy({}, nothing)) })
    return new Proxy({}, { get: (_it, key) => (key === "aggregate" ? aggregate : new Proxy({}, nothing)) })
  }
  const nothing: ProxyHandler<object> = {
    get: (_it, key) => (key === Symbol.toPrimitive ? () => "" : new Proxy({}, nothing)),
  }
  const analyse = (code: unknown, _walker: unknown, options?: unknown) =>
    reportOf(typeof code === "string" && options === undefined ? code : undefined)
  const strictEqual = (given: unknown, expected: unknown) => {
    const code = codeOf.get(given)
    if (code !== undefined && typeof expected === "number") found.push({ code, expected })
  }
  const assert = new Proxy(
    { strictEqual },
    { get: (known, name) => (name === "strictEqual" ? known.strictEqual : () => {}) },
  )
  const modules: Readonly<Record<string, unknown>> = {
    chai: { assert },
    esprima: { parse: (code: string) => code },
    "../src/module": { analyse },
  }
  runTestFile(join(folder, "test/module.js"), { modules: (name) => modules[name], globals: mocha() })
  return found
}
