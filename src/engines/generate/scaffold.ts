import { posix } from "node:path"
import { InvalidInputError } from "../../base/errors.ts"
import { astGrep } from "../../code/ast-grep.ts"
import type { CodeIndex } from "../../code/code-index.ts"
import { inStyle, type NameStyle, nameStyle, wordsOf } from "../../code/conventions/name-style.ts"
import { testedName } from "../../code/graph/families.ts"
import { languageOf } from "../../code/parse/languages.ts"
import { withoutUnused } from "../../code/refactorings/remove-unused.ts"
import { sourceOf } from "../../code/refactorings/sources.ts"
import type { Workspace } from "../../workspace/workspace.ts"
import type { Change } from "../proposal/proposal.ts"
import { canBeEmptied, emptied, unwrittenIn } from "./emptied.ts"
import { type Kind, neighbourOf } from "./neighbour.ts"
import { nameOf, registered, registrationsOf } from "./registration.ts"
import { renamed } from "./renaming.ts"

export interface ScaffoldTask {
  readonly kind: Kind
  /** What it is called, in any style. */
  readonly name: string
  /** Folder of a member; "" for the project. */
  readonly under: string
  /** Where the file is to be; without it beside its neighbour, named as that is. */
  readonly file?: string | undefined
}

export interface Scaffold {
  readonly changes: readonly Change[]
  /** The file that it looks like. */
  readonly like: string
  /** Why that file. */
  readonly why: readonly string[]
  /** Files in which it is registered. */
  readonly registeredIn: readonly string[]
}

const snakeLanguages = /^(python|rust|ruby|elixir)$/

/**
 * A file of the shape of its nearest neighbour, with its test and its registration where the neighbour has them: names are
 * changed, bodies say that they are not written. Throws NO_NEIGHBOUR, and InvalidInputError for a file that is there.
 */
export async function scaffold(
  { kind, name, under, file }: ScaffoldTask,
  { index, workspace, signal }: { index: CodeIndex; workspace: Workspace; signal: AbortSignal },
): Promise<Scaffold> {
  const beside = file === undefined ? undefined : posix.dirname(file)
  const neighbour = await neighbourOf(index, { kind, about: name, under, beside, signal })
  const like = neighbour?.path
  const language = like === undefined ? undefined : languageOf(like)?.id
  if (!neighbour || like === undefined || language === undefined || !canBeEmptied(language))
    throw noNeighbour(kind, under, language)
  const { why } = neighbour
  const from = kind === "test" ? (testedName(like) ?? nameOf(like)) : nameOf(like)
  const base = posix.basename(like).split(".")[0] ?? ""
  const fileStyle = fileStyleOf(kind === "test" ? from : base, language, index.files(posix.dirname(like)))
  const identifiers: NameStyle = snakeLanguages.test(language) ? "snake_case" : "camelCase"
  const rewrite = (text: string, to = name) => renamed(text, { from, to, fileStyle, nameStyle: identifiers })

  const path = file ?? posix.join(posix.dirname(like), fileNameOf(like, from, name, fileStyle))
  if (await workspace.exists(path)) {
    throw new InvalidInputError({
      code: "FILE_EXISTS",
      message: `${path} is there already.`,
      hint: "Choose another name, or another place with --file.",
    })
  }
  const text = (await workspace.read(like)).text
  const made = await fileLike(text, { language, like, name, rewrite, isTest: kind === "test" })
  const changes: Change[] = [{ kind: "create", path, after: made }]
  if (kind === "test" || (file !== undefined && posix.dirname(file) !== posix.dirname(like)))
    return { changes, like, why, registeredIn: [] }

  const test = await testLike(like, from, name, fileStyle, index)
  if (test && !(await workspace.exists(test.path))) {
    const its = (await workspace.read(test.like)).text
    const after = await fileLike(its, { language, like: test.like, name, rewrite, isTest: true })
    changes.push({ kind: "create", path: test.path, after })
  }
  const registeredIn: string[] = []
  for (const { path: at, lines } of await registrationsOf(index, like, rewrite)) {
    const now = await workspace.read(at)
    const after = registered(now.text, lines, (line) => rewrite(line))
    if (after === now.text) continue
    changes.push({ kind: "change", path: at, beforeHash: now.hash, after })
    registeredIn.push(at)
  }
  return { changes, like, why, registeredIn }
}

/** As most of the files beside it, or as the neighbour where they are divided. */
function fileStyleOf(base: string, language: string, siblings: readonly string[]): NameStyle {
  const styles = siblings.map((path) => nameStyle(posix.basename(path).split(".")[0] ?? ""))
  const known = styles.filter((style) => style !== undefined && style !== "one word")
  const [most] = [...Map.groupBy(known, (style) => style)].sort((a, b) => b[1].length - a[1].length)
  const own = nameStyle(base)
  if (own && own !== "one word" && (most?.[1].length ?? 0) <= known.length / 2) return own
  return most?.[0] ?? (/^(python|rust|go|ruby|elixir)$/.test(language) ? "snake_case" : "kebab-case")
}

const fileNameOf = (like: string, from: string, to: string, style: NameStyle): string => {
  const file = posix.basename(like)
  return file.includes(from) ? file.replace(from, inStyle(to, style)) : `${inStyle(to, style)}${posix.extname(like)}`
}

async function testLike(like: string, from: string, to: string, style: NameStyle, index: CodeIndex) {
  const { items } = await index.testsOf(like)
  const its = items.find(({ path }) => testedName(path) === from || nameOf(path) === from)
  if (!its) return undefined
  return { like: its.path, path: posix.join(posix.dirname(its.path), fileNameOf(its.path, from, to, style)) }
}

interface Shape {
  readonly language: string
  readonly like: string
  readonly name: string
  readonly rewrite: (text: string) => string
  readonly isTest: boolean
}

async function fileLike(text: string, { language, like, name, rewrite, isTest }: Shape): Promise<string> {
  const made = isTest
    ? oneTest(language, text, name, rewrite)
    : await emptyLike(text, { language, like, name, rewrite })
  const mark = /^(python|elixir|ruby)$/.test(language) ? "#" : "//"
  const marked = `${mark} Scaffold after ${like}: what it does is to be written.\n`
  // Directives, and the package clause with its imports, may stand below a comment in each of these languages.
  return made.startsWith("#!") ? made.replace(/\n/, `\n${marked}`) : `${marked}${made.replace(/\n*$/, "\n")}`
}

async function emptyLike(text: string, { language, like, name, rewrite }: Omit<Shape, "isTest">): Promise<string> {
  const grammars = await astGrep()
  const shape = emptied(grammars, language, text, spoken)
  const own = protectedImports(language, shape)
  const made = own.restore(rewrite(own.text)).replaceAll(spoken, name)
  // What only the bodies needed goes with them.
  const source = sourceOf(grammars, like, made)
  return source ? withoutUnused(grammars, source).text : made
}

/** Stands for the new name, in words that the renaming is not to change. */
const spoken = "\u0003"

/** What is imported keeps its name: the neighbour's types and helpers are not the new file's. */
function protectedImports(language: string, text: string) {
  const names = new Set<string>()
  const lines = text.split("\n").filter((line) => /^\s*(import|from|use|require|alias)\b|\bfrom\s+["']/.test(line))
  for (const line of lines) {
    for (const quoted of line.matchAll(/["']([^"']+)["']/g)) names.add(quoted[1] ?? "")
    const list = /\{([^}]*)\}|import\s+(?:type\s+)?([\w., ]+)/.exec(line)
    for (const one of (list?.[1] ?? list?.[2] ?? "").split(",")) names.add(one.trim().split(/\s+/).at(-1) ?? "")
    if (language === "java" || language === "rust") names.add(line.trim())
  }
  names.delete("")
  const kept = [...names].sort((a, b) => b.length - a.length)
  const token = (at: number) => `\u0001${at}\u0002`
  const hidden = kept.reduce(
    (now, name, at) =>
      now.replace(new RegExp(`(?<![\\w$\\u0001])${RegExp.escape(name)}(?![\\w$\\u0002])`, "g"), () => token(at)),
    text,
  )
  return {
    text: hidden,
    restore: (now: string) => now.replace(/\u0001(\d+)\u0002/g, (_, at) => kept[Number(at)] ?? ""),
  }
}

/** The head of a test file, and one test that fails for as long as nobody has written it. */
function oneTest(language: string, text: string, name: string, rewrite: Shape["rewrite"]): string {
  const words = wordsOf(name).join(" ")
  const says = unwrittenIn(language, words, text)
  const until = (pattern: RegExp) => {
    const at = pattern.exec(text)?.index ?? text.length
    return text.slice(0, at).replace(/\n(?:[ \t]*(?:\/\/|\/\*|\*|#(?!\[)|@).*\n)+$/, "\n")
  }
  switch (language) {
    case "python":
      return `${importsOnly(until(/^(?:def|class|@)/m))}\n\ndef test_${inStyle(name, "snake_case")}():\n    ${says}\n`
    case "go": {
      const pascal = inStyle(name, "PascalCase")
      const pack = /^package \w+/m.exec(text)?.[0] ?? "package main"
      return `${pack}\n\nimport "testing"\n\nfunc Test${pascal}(t *testing.T) {\n\tt.Fatal("${words} is a scaffold: it is not written yet")\n}\n`
    }
    case "java": {
      const pack = /^package [^;]+;/m.exec(text)?.[0]
      const test =
        /^import (?:static )?org\.junit\.(?:jupiter\.api\.)?Test;/m.exec(text)?.[0] ??
        "import org.junit.jupiter.api.Test;"
      const head = pack ? `${pack}\n\n${test}` : test
      return `${head}\n\nclass ${inStyle(name, "PascalCase")}Test {\n    @Test\n    void isWritten() {\n        ${says}\n    }\n}\n`
    }
    case "elixir": {
      const module =
        /defmodule\s+\S+\s+do\n\s+use\s+\S.*/.exec(text)?.[0] ?? "defmodule ScaffoldTest do\n  use ExUnit.Case"
      return `${rewrite(module)}\n\n  test "${words}" do\n    flunk("${words} is a scaffold: it is not written yet")\n  end\nend\n`
    }
    case "rust":
      return `#[test]\nfn ${inStyle(name, "snake_case")}() {\n    ${says}\n}\n`
    case "ruby":
      return `${/^require.*$/m.exec(text)?.[0] ?? ""}\n\nRSpec.describe "${words}" do\n  it "is written" do\n    ${says}\n  end\nend\n`
    default: {
      const called = /^\s*(?:describe\(.*\n\s*)?(test|it)\(/m.exec(text)?.[1] ?? "test"
      const framework = text
        .split("\n")
        .filter((line) => /^import|require\(/.test(line) && /vitest|jest|node:test|mocha|ava|tap|uvu/.test(line))
        .map((line) => line.replace(/\{[^}]*\}/, `{ ${called} }`))
      const end = says.endsWith(";") ? ";" : ""
      const quote = says.includes("'") ? "'" : '"'
      const head = framework.length > 0 ? `${framework.join("\n")}\n\n` : ""
      return `${head}${called}(${quote}${words} does what it is for${quote}, () => {\n  ${says}\n})${end}\n`
    }
  }
}

const importsOnly = (text: string) =>
  text
    .split("\n")
    .filter((line) => /^(import|from) (pytest|unittest)\b/.test(line))
    .join("\n")

const noNeighbour = (kind: Kind, under: string, language: string | undefined) =>
  new InvalidInputError({
    code: "NO_NEIGHBOUR",
    message:
      language === undefined
        ? `${under === "" ? "This project" : under} has no ${kind} that a new one could be made like.`
        : `A scaffold can't be made in ${language}.`,
    hint: "Files of more than 400 lines, generated ones, and those that only pass on what others define are not copied. With a model (duck llm connect), describe what you want: duck generate.",
  })
