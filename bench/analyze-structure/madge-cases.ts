import { posix, relative } from "node:path"
import { z } from "zod"
import { mocha, runTestFile } from "./test-scripts.ts"

/** What madge's tests say that hangs together, seen from one file of their fixtures. Paths are relative to that file's folder. */
export interface GraphCase {
  /** Relative to the folder of the tests. */
  readonly entry: string
  /** Files by what they import; undefined where the test asks for circles only. */
  readonly edges: Readonly<Record<string, readonly string[]>> | undefined
  readonly circles: readonly (readonly string[])[] | undefined
}

const Edges = z.record(z.string(), z.array(z.string()))
const Circles = z.array(z.array(z.string()))

/** Cases of one of madge's test files (`cjs`, `es6`, `typescript`) that are asked without options. */
export function madgeCases(folder: string, name: string): readonly GraphCase[] {
  const tests = posix.join(folder, "test")
  const found: GraphCase[] = []
  const madge = (path: unknown, options?: unknown) => ({
    // biome-ignore lint/suspicious/noThenProperty: stands for a promise, which its tests take apart.
    then(body: (result: unknown) => void) {
      const entry = typeof path === "string" && options === undefined ? relative(tests, path) : undefined
      const says = (keep: (expected: unknown) => Pick<GraphCase, "edges" | "circles">) => ({
        should: { eql: (expected: unknown) => entry !== undefined && void found.push({ entry, ...keep(expected) }) },
      })
      body({
        obj: () => says((expected) => ({ edges: Edges.parse(expected), circles: undefined })),
        circular: () => says((expected) => ({ edges: undefined, circles: Circles.parse(expected) })),
        warnings: () => says(() => ({ edges: undefined, circles: undefined })),
      })
      return { catch: () => {} }
    },
  })
  runTestFile(posix.join(tests, `${name}.js`), {
    modules: (one) => (one === "../lib/api" ? madge : undefined),
    globals: mocha(),
  })
  return found.filter(({ edges, circles }) => edges !== undefined || circles !== undefined)
}
