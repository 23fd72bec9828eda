import { existsSync } from "node:fs"
import { isBuiltin } from "node:module"
import { join, posix } from "node:path"
import type { CodeIndex } from "../../code/code-index.ts"
import { type Finding, findingOf } from "../../code/finding.ts"
import { parseFile } from "../../code/parse/parse-file.ts"
import type { EngineTools } from "../pipeline/engine.ts"
import type { Change } from "../proposal/proposal.ts"
import { isSameCode } from "./documentation-alone.ts"
import type { Subject } from "./subject.ts"
import { testsIn } from "./tests-in.ts"

export interface NewText {
  readonly path: string
  readonly text: string
}

/** The texts that changes leave behind. */
export const newTexts = (changes: readonly Change[]): NewText[] =>
  changes.flatMap((change) => {
    if (change.kind === "delete" || change.after === null) return []
    return [{ path: change.kind === "move" ? change.to : change.path, text: change.after }]
  })

/**
 * What is wrong with test files without running them: they don't parse, name files or names that are not there, assert
 * nothing, or are skipped. `isScaffold`: what is left open there is meant to be.
 */
export async function* writtenWell(
  texts: readonly NewText[],
  { index, root }: Pick<EngineTools, "index" | "root">,
  { isScaffold }: { readonly isScaffold: boolean },
): AsyncIterable<Finding> {
  const fresh = new Map(texts.map(({ path, text }) => [path, text]))
  for (const { path, text } of texts) {
    const { hasErrors, imports, language } = await parseFile(path, text)
    if (hasErrors) {
      yield wrong("test/does-not-parse", path, 1, "It does not parse.", text.split("\n")[0] ?? "")
      continue
    }
    for (const { module, names, line } of imports) {
      const evidence = text.split("\n")[line - 1]?.trim() ?? module
      const found = placesOf(path, module, language, index, fresh, root)
      if (found === "unknown") continue
      if (found.length === 0) {
        yield wrong("test/import-not-found", path, line, `There is no ${module} to import from.`, evidence)
        continue
      }
      const sources = await Promise.all(found.map(async (place) => fresh.get(place) ?? (await index.text(place)) ?? ""))
      // What is passed on whole (`export *`) may have any name.
      if (sources.some((source) => /export\s*\*|import\s+\*|__getattr__/.test(source))) continue
      for (const { name } of names) {
        if (name === "*" || name === "default") continue
        const isThere = sources.some((source) =>
          new RegExp(`(?<![\\w$])${name.replaceAll("$", "\\$")}(?![\\w$])`).test(source),
        )
        if (!isThere) yield wrong("test/name-not-found", path, line, `${found[0]} has no ${name}.`, evidence)
      }
    }
    if (!isScaffold) yield* honest(path, text)
  }
}

/** Of the code under test nothing is changed but its documentation. */
export async function* codeKept({ path, text, language }: Subject, texts: readonly NewText[]): AsyncIterable<Finding> {
  for (const { text: after } of texts) {
    const line = after.split("\n").find((one, at) => one !== text.split("\n")[at]) ?? ""
    if ((await parseFile(path, after)).hasErrors && !(await parseFile(path, text)).hasErrors)
      yield wrong("test/does-not-parse", path, 1, "It does not parse.", line)
    else if (!(await isSameCode(language, text, after)))
      yield wrong(
        "test/code-changed",
        path,
        1,
        "More than its documentation is changed. The code stays as it is.",
        line,
      )
  }
}

async function* honest(path: string, text: string): AsyncIterable<Finding> {
  const tests = await testsIn(path, text)
  const lines = text.split("\n")
  const names = new Map<string, number>()
  for (const { name, startLine, body, assertions, hollow, isSkipped } of tests) {
    const evidence = lines[startLine - 1]?.trim() ?? name
    const shown = `"${name}"`
    if (isSkipped)
      yield wrong("test/skipped", path, startLine, `${shown} is skipped or runs alone; write one that runs.`, evidence)
    else if (assertions === 0 && !/\b(?:expect|assert|check|verify)\w*/i.test(body))
      yield wrong("test/asserts-nothing", path, startLine, `${shown} asserts nothing.`, evidence)
    if (hollow !== undefined)
      yield wrong(
        "test/hollow-assertion",
        path,
        startLine,
        `${shown}: this is true whatever the code does: ${hollow}`,
        evidence,
      )
    names.set(name, (names.get(name) ?? 0) + 1)
  }
  for (const [name, n] of names) {
    if (n > 1)
      yield findingOf({
        rule: "test/same-name",
        severity: "note",
        path,
        message: `${n} tests are called "${name}".`,
        evidence: name,
      })
  }
}

const wrong = (rule: string, path: string, startLine: number, message: string, evidence: string) =>
  findingOf({ rule, severity: "error", path, startLine, message, evidence, source: "duck" })

const scripts = new Set(["typescript", "tsx", "javascript"])
const endings = ["", ".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json", ".vue", ".svelte"]

/** Files that a module is in; "unknown" where it is none of the project's, or nothing can be said. */
function placesOf(
  path: string,
  module: string,
  language: string,
  index: Pick<CodeIndex, "files">,
  fresh: ReadonlyMap<string, string>,
  root: string,
): readonly string[] | "unknown" {
  const files = new Set([...index.files(), ...fresh.keys()])
  if (scripts.has(language)) {
    if (module.startsWith(".")) {
      const base = posix.join(posix.dirname(path), module)
      // A compiled name stands for its source.
      const source = base.replace(/\.([cm]?)jsx?$/, "")
      const ways = [base, source, `${base}/index`].flatMap((way) => endings.map((ending) => way + ending))
      const found = ways.filter((way) => files.has(way))
      // What is not indexed (data, images) may be there all the same.
      return found.length > 0 || !existsSync(join(root, base)) ? found : "unknown"
    }
    const name = module.startsWith("@") ? module.split("/").slice(0, 2).join("/") : (module.split("/")[0] ?? module)
    // Aliases (#x, ~/x, @/x) are for the runner to resolve.
    if (isBuiltin(module) || /^[#~]|^@\/|:/.test(module)) return "unknown"
    for (let at = posix.dirname(path); ; at = posix.dirname(at)) {
      if (existsSync(join(root, at, "node_modules", name))) return "unknown"
      if (at === "." || at === "/") break
    }
    return existsSync(join(root, "node_modules")) ? [] : "unknown"
  }
  if (language === "python") {
    const way = module.replace(/^\.+/, "").replaceAll(".", "/")
    const [first = ""] = way.split("/")
    const homes = ["", "src/", module.startsWith(".") ? `${posix.dirname(path)}/` : ""]
    const isOwn = homes.some((home) =>
      [...files].some((file) => file.startsWith(`${home}${first}/`) || file === `${home}${first}.py`),
    )
    if (first === "" || !isOwn) return "unknown"
    const found = homes
      .flatMap((home) => [`${home}${way}.py`, `${home}${way}/__init__.py`])
      .filter((one) => files.has(one))
    // A folder without `__init__.py` is a package too.
    return found.length === 0 && [...files].some((file) => homes.some((home) => file.startsWith(`${home}${way}/`)))
      ? "unknown"
      : found
  }
  return "unknown"
}
