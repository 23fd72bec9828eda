import { readFileSync } from "node:fs"
import { runInNewContext } from "node:vm"

/** Answers everything with itself: stands for what a test looks at and we don't. */
export const anything: unknown = new Proxy(() => {}, {
  get: (_target, key) => (key === Symbol.toPrimitive ? () => "" : anything),
  apply: () => anything,
  construct: () => anything as object,
})

/** Runs a test file of others with stand-ins for what it requires and for the names of its test runner. */
export function runTestFile(
  path: string,
  {
    modules,
    globals = {},
  }: { readonly modules: (name: string) => unknown; readonly globals?: Readonly<Record<string, unknown>> },
): void {
  const { dir, sandbox } = { dir: path.slice(0, path.lastIndexOf("/")), sandbox: { module: {}, process: {}, console } }
  const require = (name: string) => modules(name) ?? anything
  runInNewContext(readFileSync(path, "utf8"), { ...sandbox, __dirname: dir, require, ...globals }, { timeout: 5_000 })
}

/** `describe` and `it` of mocha, `suite` and `test` of its other manner: what stands in them is run as it comes. */
export function mocha(): Record<string, unknown> {
  const setups: (() => void)[] = []
  const suite = (_name: string, body: () => void) => {
    const before = setups.length
    body()
    setups.length = before
  }
  const test = (_name: string, body: (done: () => void) => unknown) => {
    for (const setup of setups) setup()
    try {
      body(() => {})
    } catch {
      // It looks at what the stand-ins don't have: none of our cases.
    }
  }
  const setup = (body: () => void) => void setups.push(body)
  return {
    describe: suite,
    suite,
    it: test,
    test,
    setup,
    beforeEach: setup,
    before: setup,
    teardown: () => {},
    afterEach: () => {},
  }
}
