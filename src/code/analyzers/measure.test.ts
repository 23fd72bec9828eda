import { describe, expect, test } from "vitest"
import { examine } from "./examine.ts"

async function measured(path: string, text: string) {
  const { functions } = await examine(path, text)
  return Object.fromEntries(
    functions.map(({ name, cyclomatic, cognitive, nesting, parameters }) => [
      name,
      [cyclomatic, cognitive, nesting, parameters],
    ]),
  )
}

// [cyclomatic, cognitive, nesting, parameters]; the same function in each language: if (2 conditions), else if, else,
// loop, switch of one case within it, and itself.
const samples: Readonly<Record<string, readonly [string, readonly number[]]>> = {
  "a.ts": [
    "function f(a: number, b = 1) { if (a && b) {} else if (b) {} else {} for (const x of y) { switch (x) { case 1: break; default: } } f(1) }",
    [6, 8, 2, 2],
  ],
  "a.js": [
    "function f(a, {b, c}) { if (a && b) {} else if (b) {} else {} for (const x of y) { switch (x) { case 1: break; default: } } f(1) }",
    [6, 8, 2, 2],
  ],
  "a.py": [
    "def f(self, a, b=1):\n  if a and b:\n    pass\n  elif b:\n    pass\n  else:\n    pass\n  for x in y:\n    match x:\n      case 1:\n        pass\n      case _:\n        pass\n  f(1)\n",
    [6, 8, 2, 2],
  ],
  "a.go": [
    "package a\nfunc f(a, b int) { if a > 1 && b > 1 {} else if b > 1 {} else {}\n for { switch a { case 1: x()\n default: y() } }\n f(1, 2) }",
    [6, 8, 2, 2],
  ],
  "a.rs": [
    "fn f(&self, a: i32, b: i32) { if a > 1 && b > 1 {} else if b > 1 {} else {} for x in y { match x { 1 => {}, _ => {} } } f(1, 2) }",
    [6, 8, 2, 2],
  ],
  "A.java": [
    "class A { void f(int a, int b) { if (a > 1 && b > 1) {} else if (b > 1) {} else {} for (;;) { switch (a) { case 1: break; default: x(); } } f(1, 2); } }",
    [6, 8, 2, 2],
  ],
  "A.cs": [
    "class A { void f(int a, int b) { if (a > 1 && b > 1) {} else if (b > 1) {} else {} for (;;) { switch (a) { case 1: break; default: x(); break; } } f(1, 2); } }",
    [6, 8, 2, 2],
  ],
  "a.c": [
    "void f(int a, int b) { if (a > 1 && b > 1) {} else if (b > 1) {} else {} for (;;) { switch (a) { case 1: break; default: x(); } } f(1, 2); }",
    [6, 8, 2, 2],
  ],
  "a.cpp": [
    "void f(int a, int b) { if (a > 1 && b > 1) {} else if (b > 1) {} else {} for (auto x : y) { switch (a) { case 1: break; default: x(); } } f(1, 2); }",
    [6, 8, 2, 2],
  ],
  "a.rb": [
    "def f(a, b = 1)\n  if a && b\n    1\n  elsif b\n    2\n  else\n    3\n  end\n  while a\n    case b\n    when 1 then 2\n    else 3\n    end\n  end\n  f(1)\nend\n",
    [6, 8, 2, 2],
  ],
  "a.php": [
    "<?php function f($a, $b) { if ($a && $b) {} elseif ($b) {} else {} foreach ($a as $x) { switch ($x) { case 1: break; default: x(); } } f(1); }",
    [6, 8, 2, 2],
  ],
  "a.sh": [
    "f() { if a && b; then c; elif d; then e; else g; fi; for x in y; do case $x in 1) a;; *) b;; esac; done; f 1; }",
    [6, 8, 2, 0],
  ],
  "a.lua": [
    "function f(a, b) if a and b then x() elseif b then y() else z() end for i = 1, 2 do while a do x() end end f(1) end",
    [6, 8, 2, 2],
  ],
  "a.ex": [
    "defmodule A do\n  def f(a, b) do\n    if a && b do\n      1\n    else\n      2\n    end\n    for x <- b do\n      case x do\n        1 -> 2\n        _ -> 3\n      end\n    end\n    f(1, 2)\n  end\nend\n",
    [5, 7, 2, 2],
  ],
}

describe("complexity", () => {
  for (const [path, [text, expected]] of Object.entries(samples)) {
    test(`of the same function in ${path}`, async () => {
      expect((await measured(path, text)).f).toEqual(expected)
    })
  }

  test("a jump to a label counts, and loops count more the deeper they stand", async () => {
    const text = `
function primesUpTo(most) {
  let sum = 0
  NEXT: for (let n = 2; n <= most; n++) {
    for (let d = 2; d < n; d++) {
      if (n % d === 0) {
        continue NEXT
      }
    }
    sum += n
  }
  return sum
}`
    expect((await measured("a.js", text)).primesUpTo).toEqual([4, 7, 3, 1])
  })

  test("a switch counts once for a reader, and each case once for a tester", async () => {
    const text = `function word(n) { switch (n) { case 1: return "one"; case 2: return "two"; case 3: return "three"; default: return "many" } }`
    expect((await measured("a.js", text)).word).toEqual([4, 1, 1, 1])
  })

  test("operators that follow each other count as one sequence until they change", async () => {
    const of = async (condition: string) =>
      (await measured("a.js", `function f() { return ${condition} }`)).f?.slice(0, 2)
    expect(await of("a && b && c")).toEqual([3, 1])
    expect(await of("a && b || c")).toEqual([3, 2])
    expect(await of("a && b && c || d || e && f")).toEqual([6, 3])
    expect(await of("a && !(b && c)")).toEqual([3, 2])
    expect(await of("a && (b && c)")).toEqual([3, 1])
    expect(await of("a ?? b")).toEqual([2, 0])
  })

  test("what stands in a catch or a ternary is nested, and a try is not", async () => {
    const text = "function f() { try { if (a) {} } catch (e) { if (b) {} } return a ? b ? 1 : 2 : 3 }"
    // if 1, catch 1, if 2, ternary 1, ternary 2
    expect((await measured("a.js", text)).f).toEqual([6, 7, 2, 0])
  })

  test("a lambda in a function with a flow of its own counts with it, deeper by one", async () => {
    const text = "function f(list) { if (list) {} list.map((x) => { if (x) {} }) }"
    const { functions } = await examine("a.js", text)
    expect(functions.map(({ cognitive, isPart }) => [cognitive, isPart])).toEqual([
      [3, false],
      [1, true],
    ])
  })

  test("functions within one that only defines them stand for themselves", async () => {
    const text = "function open() { function a() { if (x) {} } const b = () => { if (y) {} }; return { a, b } }"
    const { functions } = await examine("a.js", text)
    expect(functions.map(({ name, cognitive, isPart }) => [name, cognitive, isPart])).toEqual([
      ["open", 0, false],
      ["a", 1, false],
      ["b", 1, false],
    ])
  })

  test("a method that calls another object's method of its name is not recursive", async () => {
    const text = "class A { close() { this.inner.close() } again() { this.again() } }"
    const { close, again } = await measured("a.ts", text)
    expect([close?.[1], again?.[1]]).toEqual([0, 1])
  })

  test("lines of code are those with code in them", async () => {
    const { functions, codeLines } = await examine("a.ts", "\n// one\nfunction f() {\n\n  // two\n  return 1\n}\n")
    expect([functions[0]?.codeLines, codeLines]).toEqual([3, 3])
  })

  test("a chain of thousands of operators is measured", async () => {
    const text = `function f() { return ${Array.from({ length: 3000 }, (_, n) => `a${n}`).join(" && ")} }`
    expect((await measured("a.js", text)).f?.slice(0, 2)).toEqual([3000, 1])
  })
})
