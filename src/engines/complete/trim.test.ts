import { expect, test } from "vitest"
import { cursorIn } from "./cursor.ts"
import { trimmed } from "./trim.ts"

/** What is put in of `said` where "¦" stands. */
function put(marked: string, said: string, path = "a.ts"): string {
  const offset = marked.indexOf("¦")
  return trimmed(said, cursorIn({ path, text: marked.replace("¦", ""), offset }))
}

test("marks around the code are taken off, whoever wrote them", () => {
  for (const said of [
    "<insert>b + 1</insert>",
    "Here: <insert>b + 1",
    "```ts\nb + 1\n```",
    "b + 1<|endoftext|> more",
    "b + 1<EOT>",
  ])
    expect(put("const a = ¦\n", said)).toBe("b + 1")
})

test("in the middle of a line one line is put in, and not what stands behind the cursor", () => {
  expect(put("call(¦)\n", "first, second)")).toBe("first, second")
  expect(put("call(¦)\n", "first,\n  second")).toBe("first,")
  expect(put("const a = [1, ¦]", "2, 3]\nconst b = 4")).toBe("2, 3")
})

test("a block ends where its bracket would close another one", () => {
  const marked = "function a() {\n  ¦\n}\n"
  expect(put(marked, "return [1, { b: 2 }]\n}\n\nfunction c() {}")).toBe("return [1, { b: 2 }]")
  expect(put("function a() {\n  if (x) {\n    ¦\n", "y()\n  }\n}\nz()")).toBe("y()\n  }\n}")
})

test("a line further out ends it where blocks are told by indentation", () => {
  expect(put("def a():\n    ¦\n", "b = 1\n    return b\n\ndef c():\n    pass", "a.py")).toBe("b = 1\n    return b")
})

test("lines that stand behind the cursor do not come again", () => {
  const marked = "function a(x: number) {\n  ¦\n  return x\n}\n"
  expect(put(marked, "x += 1\n  return x\n")).toBe("x += 1")
  expect(put("const total = ¦sum(all)\n", "sum(all)")).toBe("")
})

test("nothing, blanks and marks alone are nothing", () => {
  for (const said of ["", "  \n ", "<insert></insert>", "```\n```", "<|fim_pad|>"]) expect(put("a¦", said)).toBe("")
})
