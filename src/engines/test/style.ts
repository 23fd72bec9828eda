import { posix } from "node:path"
import type { CodeIndex } from "../../code/code-index.ts"
import type { Detected } from "../../workspace/test-runners/detect.ts"
import type { Subject } from "./subject.ts"

/** How this project writes its tests, by the nearest that are there. */
export interface TestStyle {
  /** Where the tests of the subject go. */
  readonly testPath: string
  /** Text of that file, where it is there already. */
  readonly existing: string | undefined
  /** The nearest existing tests: the example for a model. */
  readonly examples: readonly { readonly path: string; readonly text: string }[]
  readonly grouping: "describe" | "flat"
  /** "it" or "test", of JavaScript's. */
  readonly word: "it" | "test"
  /** How files of the project are imported: with their ending, with that of the compiled file, or with none. */
  readonly endings: "own" | "js" | "none"
  readonly hasSemicolons: boolean
  readonly quote: '"' | "'"
  readonly isModule: boolean
  /** What tests of the subject's folder are called, where a name may stand but once in it: Go's. */
  readonly taken: ReadonlySet<string>
}

const mostExamples = 2
const longestExample = 6_000

export async function styleOf(
  subject: Subject,
  { framework, folder, testFiles }: Detected,
  index: CodeIndex,
  isModule: boolean,
): Promise<TestStyle> {
  const { items } = await index.testsOf(subject.path)
  const own = items.filter(({ confidence }) => confidence >= 0.6).map(({ path }) => path)
  const known = testFiles.length > 0 ? testFiles : index.files().filter((path) => framework.files.test(path))
  const near = [...known].sort((a, b) => distance(a, subject.path) - distance(b, subject.path) || (a < b ? -1 : 1))
  const nearest = [...new Set([...own.filter((path) => known.includes(path)), ...near])].slice(0, mostExamples)
  const examples = await Promise.all(
    nearest.map(async (path) => ({ path, text: ((await index.text(path)) ?? "").slice(0, longestExample) })),
  )
  const testPath = testPathFor(subject, { framework, folder, testFiles: near })
  const text = examples.map((example) => example.text).join("\n")
  const written = `${text}\n${subject.text}`
  return {
    testPath,
    existing: await index.text(testPath),
    examples,
    grouping: /^\s*(?:describe|suite)\(/m.test(text) ? "describe" : "flat",
    word: /^\s*it(?:\.\w+)?\(/m.test(text) ? "it" : "test",
    endings: endingsOf(written, subject.path, text !== ""),
    hasSemicolons: (written.match(/;\s*$/gm) ?? []).length > written.split("\n").length / 8,
    quote:
      occurrences(written, /(?:from |require\(|= )'/g) > occurrences(written, /(?:from |require\(|= )"/g) ? "'" : '"',
    isModule,
    taken: new Set(framework.testNames ? await namesBeside(subject.path, known, framework.testNames, index) : []),
  }
}

async function namesBeside(
  path: string,
  tests: readonly string[],
  namesOf: (text: string) => readonly string[],
  index: CodeIndex,
): Promise<string[]> {
  const beside = tests.filter((test) => posix.dirname(test) === posix.dirname(path))
  const texts = await Promise.all(beside.map((test) => index.text(test)))
  return texts.flatMap((text) => namesOf(text ?? ""))
}

const occurrences = (text: string, pattern: RegExp) => (text.match(pattern) ?? []).length

function endingsOf(text: string, path: string, hasExamples: boolean): TestStyle["endings"] {
  const imports = Array.from(text.matchAll(/(?:from|require\()\s*["'](\.[^"']+)["']/g), ([, module = ""]) => module)
  const isTyped = /\.[cm]?tsx?$/.test(path)
  if (imports.some((module) => /\.[cm]?tsx?$/.test(module))) return "own"
  if (imports.some((module) => /\.[cm]?jsx?$/.test(module))) return isTyped ? "js" : "own"
  return imports.length === 0 && !hasExamples ? "own" : "none"
}

/** Steps from one file's folder to the other's. */
function distance(a: string, b: string): number {
  const [one, other] = [a, b].map((path) => posix.dirname(path).split("/"))
  if (!one || !other) return 0
  let same = 0
  while (same < Math.min(one.length, other.length) && one[same] === other[same]) same += 1
  return one.length + other.length - 2 * same
}

/** As the nearest tests are placed and named: beside what they test, in a folder beside it, or in a tree of their own. */
function testPathFor(subject: Subject, { framework, folder, testFiles }: Omit<Detected, "evidence">): string {
  const { dir, name, ext } = posix.parse(subject.path)
  const beside = (file: string) => posix.join(dir, file)
  const within = posix.relative(folder, dir)
  switch (framework.language) {
    case "go":
      return beside(`${name}_test.go`)
    case "rust":
      return posix.join(folder, "tests", `${name === "lib" || name === "main" ? "test" : name}_test.rs`)
    case "java":
      return posix.join(folder, within.replace(/^src\/main\/java/, "src/test/java"), `${name}Test.java`)
    case "elixir":
      return posix.join(folder, "test", within.replace(/^lib\/?/, ""), `${name}_test.exs`)
    case "ruby":
      return posix.join(folder, "spec", within.replace(/^(?:lib|app)\/?/, ""), `${name}_spec.rb`)
    case "python": {
      const example = testFiles[0]
      const file = example?.endsWith("_test.py") ? `${name}_test.py` : `test_${name}.py`
      if (!example || /(?:^|\/)tests?\//.test(example)) {
        const root = example ? /^(?:.*?\/)?tests?(?=\/)/.exec(example)?.[0] : posix.join(folder, "tests")
        return posix.join(root ?? "tests", file)
      }
      return posix.dirname(example) === dir || !example ? beside(file) : posix.join(posix.dirname(example), file)
    }
    case "javascript": {
      const example = testFiles[0]
      const mark = /[._-](?:test|spec)(?=\.[cm]?[jt]sx?$)/.exec(example ?? "")?.[0] ?? ".test"
      const isUnmarked = example !== undefined && !/[._-](?:test|spec)\.[cm]?[jt]sx?$/.test(example)
      const file = isUnmarked ? `${name}${ext}` : `${name}${mark}${ext}`
      // One such folder beside the package's manifest is a tree of tests; further down, each folder of sources has its own.
      const isBesideSources = example?.includes("__tests__/") && !example.startsWith(posix.join(folder, "__tests__/"))
      if (isBesideSources) return posix.join(dir, "__tests__", file)
      const tree = example && /^(?:.*\/)?(?:tests?|specs?|__tests__)(?=\/)/.exec(example)?.[0]
      if (!tree) return beside(file)
      // The tree of tests mirrors the sources where any of it does.
      const isMirrored = testFiles.some((path) => path.slice(tree.length + 1).includes("/"))
      return posix.join(tree, isMirrored ? within.replace(/^(?:src|lib)\/?/, "") : "", file)
    }
  }
}
