/**
 * Bare parsing against parsing with everything taken from the tree (names, references, imports, chunks, tokens), on one
 * thread, for each language of which the folder has sources.
 *
 *   node bench/parse.ts [folder] [language]      the folder is `node_modules` where none is given
 */
import { readdirSync, readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { Language as Grammar, Parser } from "web-tree-sitter"
import { languageOf, languages } from "../src/code/parse/languages.ts"
import { maxParsedLength, parseFile } from "../src/code/parse/parse-file.ts"

const [folder = "node_modules", only] = process.argv.slice(2)
const maxCharacters = 6_000_000
const rounds = 3

interface Source {
  readonly path: string
  readonly text: string
}

const sources = new Map<string, Source[]>()
const sizes = new Map<string, number>()
collect(folder)

console.log(["language", "files", "MB", "bare MB/s", "with all MB/s", "ratio", "errors"].join("\t"))
for (const language of languages) {
  const files = sources.get(language.id) ?? []
  if (files.length === 0 || (only !== undefined && only !== language.id)) continue
  let bareMs = 0
  if (language.grammar !== undefined) {
    await parseFile(`warm-up${language.extensions[0]}`, "")
    const parser = new Parser()
    parser.setLanguage(await Grammar.load(createRequire(import.meta.url).resolve(language.grammar)))
    bareMs = await best(async () => {
      for (const { text } of files) parser.parse(text)?.delete()
    })
    parser.delete()
  }
  let faulty = 0
  const fullMs = await best(async () => {
    faulty = 0
    for (const { path, text } of files) if ((await parseFile(path, text)).hasErrors) faulty++
  })
  const megabytes = (sizes.get(language.id) ?? 0) / 1e6
  const speed = (ms: number) => ((megabytes / ms) * 1000).toFixed(2)
  console.log(
    [
      language.id.padEnd(8),
      files.length,
      megabytes.toFixed(1),
      bareMs === 0 ? "-" : speed(bareMs).padStart(9),
      speed(fullMs).padStart(13),
      bareMs === 0 ? "-" : (bareMs / fullMs).toFixed(2),
      faulty,
    ].join("\t"),
  )
}

/** The quickest of a few rounds: the first warms up. */
async function best(work: () => Promise<void>): Promise<number> {
  let bestMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    const startedAt = performance.now()
    await work()
    bestMs = Math.min(bestMs, performance.now() - startedAt)
  }
  return bestMs
}

function collect(directory: string) {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name)
    if (entry.isDirectory()) collect(path)
    else if (entry.isFile()) {
      const id = languageOf(path)?.id
      const size = id === undefined ? 0 : statSync(path).size
      if (id === undefined || size === 0 || size > maxParsedLength || (sizes.get(id) ?? 0) > maxCharacters) continue
      const text = readFileSync(path, "utf8")
      if (/[^\n]{5001}/.test(text)) continue
      sources.set(id, [...(sources.get(id) ?? []), { path, text }])
      sizes.set(id, (sizes.get(id) ?? 0) + text.length)
    }
  }
}
