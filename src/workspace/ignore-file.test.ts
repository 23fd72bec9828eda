import { execFileSync } from "node:child_process"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import fc from "fast-check"
import { expect, test } from "vitest"
import { pathGlob } from "./glob.ts"
import { parseIgnoreFile } from "./ignore-file.ts"
import { repositoryWith } from "./tree.testing.ts"

const ignores = (text: string, path: string, isFolder = false) =>
  parseIgnoreFile(text).decide(path, path.slice(path.lastIndexOf("/") + 1), isFolder)

test("the last matching rule wins, and a negation brings back", () => {
  expect(ignores("*.log\n!keep.log", "a/keep.log")).toBe(false)
  expect(ignores("!keep.log\n*.log", "a/keep.log")).toBe(true)
  expect(ignores("keep.log\n*.log\n!keep.log", "keep.log")).toBe(false)
  expect(ignores("*.log", "a/b.txt")).toBeUndefined()
})

test("comments, escapes, trailing spaces, carriage returns and a byte-order mark are read as git reads them", () => {
  expect(ignores("# a\n\\#b\n", "#b")).toBe(true)
  expect(ignores("# a\n", "# a")).toBeUndefined()
  expect(ignores("\\!b", "!b")).toBe(true)
  expect(ignores("a.txt   ", "a.txt")).toBe(true)
  expect(ignores("a\\ ", "a ")).toBe(true)
  expect(ignores("a.txt\r\nb.txt\r\n", "b.txt")).toBe(true)
  expect(ignores("\ufeffa.txt", "a.txt")).toBe(true)
})

test("a slash anchors, a trailing slash means folders, `**` crosses folders", () => {
  expect(ignores("/a", "b/a")).toBeUndefined()
  expect(ignores("b/a", "c/b/a")).toBeUndefined()
  expect(ignores("a/", "a", false)).toBeUndefined()
  expect(ignores("a/", "x/a", true)).toBe(true)
  expect(ignores("a/**/z", "a/z")).toBe(true)
  expect(ignores("a/**/z", "a/b/c/z")).toBe(true)
  expect(ignores("a/**", "a", true)).toBeUndefined()
  expect(ignores("a/**", "a/b/c")).toBe(true)
  expect(ignores("**/z", "z")).toBe(true)
})

test("no pattern takes exponential time", () => {
  const startedAt = process.cpuUsage().user
  expect(ignores(`${"*a".repeat(60)}b`, "a".repeat(250))).toBeUndefined()
  expect(ignores(`${"**/".repeat(60)}b`, "a/".repeat(500))).toBeUndefined()
  expect(pathGlob(`${"**/*a*a*/".repeat(30)}b`)?.(`${"aaaaaaaaaaaaaaaaaaaa/".repeat(100)}c`)).toBe(false)
  // A backtracking matcher would need longer than the age of the universe.
  expect(process.cpuUsage().user - startedAt).toBeLessThan(20_000_000)
})

test("agrees with git check-ignore on random patterns and paths", () => {
  const root = repositoryWith()
  const piece = fc.constantFrom(
    "a",
    "b",
    "ab",
    "*",
    "**",
    "?",
    "[ab]",
    "[!a]",
    "[a-c]",
    "\\a",
    "\\*",
    "[[:alpha:]]",
    "[",
    ".",
    "***",
    "]",
    " ",
  )
  const pattern = fc
    .tuple(
      fc.constantFrom("", "", "!", "/"),
      fc.array(
        fc.array(piece, { minLength: 1, maxLength: 3 }).map((p) => p.join("")),
        { minLength: 1, maxLength: 4 },
      ),
      fc.constantFrom("", "", "/", " ", "/**"),
    )
    .map(([start, names, end]) => start + names.join("/") + end)
  const name = fc.stringMatching(/^[abc*.[\] ]{1,3}$/).filter((n) => !/^\.+$/.test(n))
  const path = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => names.join("/"))
  const scene = fc.tuple(
    fc.array(pattern, { minLength: 1, maxLength: 6 }),
    fc.array(path, { minLength: 20, maxLength: 60 }),
  )
  fc.assert(
    fc.property(scene, ([patterns, paths]) => {
      const text = patterns.join("\n")
      writeFileSync(join(root, ".gitignore"), text)
      const said = checkIgnore(root, paths)
      const rules = parseIgnoreFile(text)
      // Git judges the parents too: nothing under an ignored folder can be brought back.
      const judge = (path: string) => {
        const names = path.split("/")
        for (let depth = 1; depth <= names.length; depth++) {
          const at = names.slice(0, depth).join("/")
          if (rules.decide(at, names[depth - 1] ?? "", depth < names.length)) return true
        }
        return false
      }
      for (const path of paths) expect([text, path, judge(path)]).toEqual([text, path, said.has(path)])
    }),
    { numRuns: 100 },
  )
})

/** Those of `paths` that git ignores; none of them need exist. */
function checkIgnore(root: string, paths: readonly string[]): Set<string> {
  try {
    const text = execFileSync("git", ["check-ignore", "-z", "--stdin", "--no-index"], {
      cwd: root,
      input: paths.join("\0"),
      encoding: "utf8",
      stdio: ["pipe", "pipe", "ignore"],
    })
    return new Set(text.split("\0"))
  } catch (error) {
    // Exit code 1: none of them is ignored.
    if (error instanceof Error && "status" in error && error.status === 1) return new Set()
    throw error
  }
}
