import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, writeFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { completionsFor, completionText } from "./completion.ts"
import { completionScripts, type Shell } from "./completion-scripts.ts"
import { temporaryFolder } from "./fake-server.testing.ts"
import { sampleManifest } from "./manifest.testing.ts"

const wordsFor = (...words: string[]) => completionsFor(words, sampleManifest).candidates.map(({ word }) => word)

describe("candidates", () => {
  test("commands, then the commands of a group", () => {
    expect(wordsFor("")).toContain("ask")
    expect(wordsFor("s")).toEqual(["search", "stop", "status", "serve"])
    expect(wordsFor("index", "")).toEqual(["status", "rebuild"])
    expect(wordsFor("index", "re")).toEqual(["rebuild"])
    expect(wordsFor("help", "index", "")).toEqual(["status", "rebuild"])
  })

  test("options of the command and global ones, not those already given", () => {
    expect(wordsFor("ask", "--l")).toEqual(["--limit"])
    expect(wordsFor("ask", "--limit", "3", "--l")).toEqual([])
    expect(wordsFor("ask", "--path", "a", "--pa")).toEqual(["--path"])
    expect(wordsFor("ask", "--js")).toEqual(["--json"])
    expect(wordsFor("index", "status", "--")).not.toContain("--limit")
  })

  test("choices of an option and of an argument", () => {
    expect(wordsFor("search", "x", "--kind", "")).toEqual(["function", "class"])
    expect(wordsFor("search", "x", "--kind=c")).toEqual(["--kind=class"])
    expect(wordsFor("--format", "m")).toEqual(["markdown"])
    expect(wordsFor("completion", "")).toEqual(["bash", "zsh", "fish"])
  })

  test("paths are the shell's to offer where a word is free, and nowhere else", () => {
    expect(completionsFor(["-C", ""], sampleManifest)).toEqual({ candidates: [], files: true })
    expect(completionsFor(["ask", "--path", "s"], sampleManifest).files).toBe(true)
    expect(completionsFor(["search", ""], sampleManifest).files).toBe(true)
    expect(completionsFor(["index", ""], sampleManifest).files).toBe(false)
    expect(completionsFor(["search", "--kind", ""], sampleManifest).files).toBe(false)
  })

  test("every candidate begins with what was typed", () => {
    const word = fc.constantFrom("ask", "index", "search", "--limit", "--kind", "-n", "--", "x", "--format")
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 4 }),
        fc.constantFrom("", "s", "-", "--", "--k", "--kind=", "f"),
        (before, current) => {
          for (const candidate of wordsFor(...before, current)) expect(candidate.startsWith(current)).toBe(true)
        },
      ),
    )
  })
})

/** A `duck` on the path that answers `__complete` from the sample, and says what it was asked. */
function withDuck(shell: Shell, run: (env: NodeJS.ProcessEnv, script: string, folder: string) => void): void {
  using folder = temporaryFolder()
  const program = join(folder.path, "duck")
  const here = import.meta.dirname
  writeFileSync(
    program,
    `#!${process.execPath}
import { completionsFor, completionText } from ${JSON.stringify(join(here, "completion.ts"))}
import { sampleManifest } from ${JSON.stringify(join(here, "manifest.testing.ts"))}
process.stdout.write(completionText(completionsFor(process.argv.slice(3), sampleManifest)))
`,
  )
  chmodSync(program, 0o755)
  const script = join(folder.path, `duck.${shell}`)
  writeFileSync(script, completionScripts[shell])
  writeFileSync(join(folder.path, "package.json"), '{"type":"module"}')
  run({ ...process.env, PATH: `${folder.path}${delimiter}${process.env.PATH}`, HOME: folder.path }, script, folder.path)
}

const isThere = (shell: string) => spawnSync(shell, ["-c", "exit 0"]).status === 0

/** Skips loudly: the reason stands in the name. */
const withShell = (shell: Shell) => (isThere(shell) ? test : test.skip)
const suffix = (shell: Shell) => (isThere(shell) ? "" : ` (SKIPPED: ${shell} is not installed)`)

withShell("bash")(`bash completes commands, options, choices behind = and paths${suffix("bash")}`, () => {
  withDuck("bash", (env, script, folder) => {
    const complete = (...words: string[]) => {
      // What bash itself splits at = and : stands in COMP_WORDS as words of their own.
      const split = words.flatMap((word) => word.split(/(=)/).filter((part, _, all) => part !== "" || all.length === 1))
      const quoted = split.map((word) => `'${word}'`).join(" ")
      const body = `source '${script}'; COMP_WORDS=(duck ${quoted}); COMP_CWORD=${split.length}; _duck; printf '%s\\n' "\${COMPREPLY[@]}"`
      return execFileSync("bash", ["--norc", "-c", body], { env, cwd: folder, encoding: "utf8" })
        .split("\n")
        .filter(Boolean)
    }
    expect(complete("se")).toEqual(["search", "serve"])
    expect(complete("index", "")).toEqual(["status", "rebuild"])
    expect(complete("search", "x", "--ki")).toEqual(["--kind"])
    expect(complete("search", "x", "--kind", "")).toEqual(["function", "class"])
    expect(complete("search", "x", "--kind=c")).toEqual(["class"])
    expect(
      execFileSync("bash", ["--norc", "-c", `source '${script}'; complete -p duck`], { env, encoding: "utf8" }),
    ).toContain("_duck")
  })
})

withShell("zsh")(`zsh loads the script and describes its candidates${suffix("zsh")}`, () => {
  withDuck("zsh", (env, script, folder) => {
    const body = `autoload -Uz compinit && compinit -u -D; source '${script}'
      _describe() { print -rl -- "\${(@P)2}" }
      _files() { print -r -- FILES }
      words=(duck index ''); CURRENT=3; _duck
      words=(duck search --kind ''); CURRENT=4; _duck
      words=(duck -C ''); CURRENT=3; _duck
      print -r -- "\${_comps[duck]}"`
    const out = execFileSync("zsh", ["-f", "-c", body], { env, cwd: folder, encoding: "utf8" })
      .split("\n")
      .filter(Boolean)
    expect(out).toEqual(["status:Do index status", "rebuild:Do index rebuild", "function", "class", "FILES", "_duck"])
  })
})

withShell("fish")(`fish completes with descriptions${suffix("fish")}`, () => {
  withDuck("fish", (env, script, folder) => {
    const complete = (line: string) =>
      execFileSync("fish", ["--no-config", "-c", `source '${script}'; complete -C '${line}'`], {
        env,
        cwd: folder,
        encoding: "utf8",
      })
        .split("\n")
        .filter(Boolean)
        .sort()
    expect(complete("duck index ")).toEqual(["rebuild\tDo index rebuild", "status\tDo index status"])
    expect(complete("duck search x --kind ")).toEqual(["class", "function"])
    expect(complete("duck search x --kind=c")).toEqual(["--kind=class"])
  })
})

test("the text for the shells is one candidate a line", () => {
  const text = completionText({
    candidates: [
      { word: "a", says: "does\ta\nthing" },
      { word: "b", says: "" },
    ],
    files: true,
  })
  expect(text).toBe("a\tdoes a thing\nb\n:files\n")
})
