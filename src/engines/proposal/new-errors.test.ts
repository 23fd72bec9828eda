import { expect, test } from "vitest"
import type { Diagnostic } from "../../workspace/diagnostics/diagnostic.ts"
import { newErrors } from "./new-errors.ts"

const error = (path: string, message: string, line = 1): Diagnostic => ({
  ...{ tool: "tsc", path, line, column: 1, severity: "error", rule: "TS2339", message },
})
const missing = (name: string) => `Property '${name}' does not exist on type 'Basket'.`

test("an error that has moved to another line is an old one, a second of its words a new one", () => {
  const old = error("a.ts", missing("sum"), 3)
  expect(newErrors([old], [error("a.ts", missing("sum"), 9)])).toEqual([])
  const again = error("a.ts", missing("sum"), 12)
  expect(newErrors([old], [old, again])).toEqual([again])
  expect(newErrors([old], [error("b.ts", missing("sum"))])).toHaveLength(1)
})

test("an old error whose names a rename has changed is an old one, and a new one beside it is seen", () => {
  const renamed = error("a.ts", missing("total"))
  expect(newErrors([error("a.ts", missing("sum"))], [renamed])).toEqual([])
  expect(newErrors([error("a.ts", missing("sum"))], [error("a.ts", missing("sum")), renamed])).toEqual([renamed])
})

test("a moved file takes its errors with it", () => {
  const moved = new Map([["lib/a.ts", "a.ts"]])
  expect(newErrors([error("a.ts", missing("sum"))], [error("lib/a.ts", missing("sum"))], moved)).toEqual([])
})
