import { describe, expect, test } from "vitest"
import { examine } from "./examine.ts"

async function found(path: string, text: string) {
  const { findings } = await examine(path, text)
  return findings.map(({ rule, startLine }) => `${rule}:${startLine}`)
}

describe("unreachable statements", () => {
  const dead: Readonly<Record<string, string>> = {
    "a.ts": "function f() {\n  return 1\n  g()\n}",
    "a.py": "def f():\n  return 1\n  g()\n",
    "a.go": "package a\nfunc f() int { return 1\n g() }",
    "a.rs": "fn f() -> i32 { return 1;\n\n g(); }",
    "A.java": "class A { int f() { throw new E();\n\n g(); } }",
    "A.cs": "class A { int f() { throw new E();\n\n g(); } }",
    "a.c": "int f() { return 1;\n\n g(); }",
    "a.rb": "def f\n  return 1\n  g()\nend\n",
    "a.php": "<?php function f() { return 1;\n\n g(); }",
  }
  for (const [path, text] of Object.entries(dead)) {
    test(`are found in ${path}`, async () => {
      expect(await found(path, text)).toEqual([`dead-code/unreachable:3`])
    })
  }

  test("are not those that can be jumped to, are hoisted, or make a generator", async () => {
    expect(await found("a.js", "function f() { return g()\n function g() {} }")).toEqual([])
    expect(await found("a.js", "switch (a) { case 1: return 1\n case 2: return 2 }")).toEqual([])
    expect(await found("a.c", "int f() { goto end; end: return 1; }")).toEqual([])
    expect(await found("a.py", "def f():\n  return\n  yield\n")).toEqual([])
    expect(await found("a.rb", "def f\n  return 1 if a\n  g()\nend\n")).toEqual([])
    expect(await found("a.ts", "function f() { if (a) return 1\n g() }")).toEqual([])
  })
})

describe("smells", () => {
  test("an error that is caught and forgotten", async () => {
    expect(await found("a.ts", "try { f() } catch {}")).toEqual(["smell/empty-catch:1"])
    expect(await found("a.py", "try:\n  f()\nexcept Exception:\n  pass\n")).toEqual(["smell/empty-catch:3"])
    expect(await found("A.java", "class A { void f() { try { g(); } catch (Exception e) { } } }")).toEqual([
      "smell/empty-catch:1",
    ])
    expect(await found("a.ts", "try { f() } catch { /* it may be gone already */ }")).toEqual([])
    expect(await found("a.py", "try:\n  f()\nexcept Exception:\n  pass  # it may be gone\n")).toEqual([])
    expect(await found("a.ts", "try { f() } catch (error) { log(error) }")).toEqual([])
  })

  test("an open task without an issue", async () => {
    const word = ["TO", "DO"].join("")
    expect(await found("a.ts", `f() // ${word}: later`)).toEqual(["smell/todo-without-issue:1"])
    expect(await found("a.py", `f()\n# ${word} later\n`)).toEqual(["smell/todo-without-issue:2"])
    expect(await found("a.ts", `f() // ${word}(#12): later`)).toEqual([])
    expect(await found("a.ts", `const a = "${word}: not a comment"`)).toEqual([])
  })

  test("booleans that nobody can read", async () => {
    expect(await found("a.ts", "open(path, true, false)")).toEqual(["smell/boolean-trap:1"])
    expect(await found("a.py", "open(path, True, False)")).toEqual(["smell/boolean-trap:1"])
    expect(await found("a.py", "open(path, a=True, b=False)")).toEqual([])
    expect(await found("a.ts", "open(path, true)")).toEqual([])
    expect(await found("a.test.ts", "open(path, true, false)")).toEqual([])
  })

  test("a number that is computed with in several places", async () => {
    expect(await found("a.ts", "const a = b * 4711\nconst c = d + 4711\nif (e > 4711) f()")).toEqual([
      "smell/magic-number:1",
    ])
    expect(await found("a.ts", "const a = b * 1000\nconst c = d + 1000\nif (e > 1000) f()")).toEqual([])
    expect(await found("a.ts", "const a = [4711, 4711, 4711]")).toEqual([])
  })

  test("two of the same in one file have fingerprints of their own, and keep them when lines move", async () => {
    const text = "try { f() } catch {}\n"
    const marks = async (content: string) =>
      (await examine("a.ts", content)).findings.map(({ fingerprint }) => fingerprint)
    const [first, second] = await marks(text + text)
    expect(first).not.toBe(second)
    expect(await marks(`\n\n${text}\n${text}`)).toEqual([first, second])
  })

  test("a file with faults in its syntax, or none at all, is looked at as far as it goes", async () => {
    expect(await found("a.ts", "function f( { return 1 }}} try { g() } catch {}")).toContain("smell/empty-catch:1")
    expect(await found("a.ts", "")).toEqual([])
    expect(await found("a.unknown", "return 1\nreturn 2")).toEqual([])
  })
})
