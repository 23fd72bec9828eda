import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { assertPattern, assertSubject, subjectMatches, subjectTable } from "./subjects.ts"

describe("subjects", () => {
  test.each([
    ["a.b", "a.b", true],
    ["a.b", "a.b.c", false],
    ["a.*", "a.b", true],
    ["a.*", "a", false],
    ["a.*.c", "a.b.c", true],
    ["a.>", "a", false],
    ["a.>", "a.b", true],
    ["a.>", "a.b.c.d", true],
    [">", "a", true],
    ["*", "a.b", false],
  ])("%s against %s is %s", (pattern, subject, expected) => {
    expect(subjectMatches(pattern, subject)).toBe(expected)
  })

  test.each(["", ".", "a.", ".a", "a..b", "a b", "a.*", "a.>", "a\n"])("%j is not a subject", (subject) => {
    expect(() => assertSubject(subject)).toThrow(/is not a subject/)
  })

  test.each(["", "a..b", ">.a", "a.b*", "a.>.b", "a b"])("%j is not a pattern", (pattern) => {
    expect(() => assertPattern(pattern)).toThrow(/is not a subject pattern/)
  })

  test("a table finds what a walk over all patterns finds", () => {
    const part = fc.constantFrom("a", "b", "c")
    const subject = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("."))
    const pattern = fc
      .tuple(fc.array(fc.oneof(part, fc.constant("*")), { minLength: 1, maxLength: 4 }), fc.boolean())
      .map(([parts, open]) => (open ? [...parts, ">"] : parts).join("."))
    fc.assert(
      fc.property(fc.array(fc.tuple(pattern, fc.boolean()), { maxLength: 12 }), subject, (filed, asked) => {
        const table = subjectTable<number>()
        const expected: number[] = []
        for (const [i, [each, stays]] of filed.entries()) {
          const takeOut = table.add(each, i)
          if (!stays) takeOut()
          else if (subjectMatches(each, asked)) expected.push(i)
        }
        expect(table.match(asked).sort((a, b) => a - b)).toEqual(expected)
      }),
    )
  })
})
