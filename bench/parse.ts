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
const rounds = 5

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
  const everything = async () => {
    faulty = 0
    for (const { path, text } of files) if ((await parseFile(path, text)).hasErrors) faulty++
  }
  let faulty = 0
  await everything()
  const parser = new Parser()
  const file = language.grammar
  if (file !== undefined) parser.setLanguage(await Grammar.load(createRequire(import.meta.url).resolve(file)))
  const bare = async () => {
    for (const { text } of files) parser.parse(text)?.delete()
  }
  // In turns, so that what else the machine does falls on both.
  let bareMs = Number.POSITIVE_INFINITY
  let fullMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < rounds; round++) {
    if (file !== undefined) bareMs = Math.min(bareMs, await timeOf(bare))
    fullMs = Math.min(fullMs, await timeOf(everything))
  }
  parser.delete()
  const megabytes = (sizes.get(language.id) ?? 0) / 1e6
  const speed = (ms: number) => ((megabytes / ms) * 1000).toFixed(2)
  console.log(
    [
      language.id.padEnd(8),
      files.length,
      megabytes.toFixed(1),
      file === undefined ? "-" : speed(bareMs).padStart(9),
      speed(fullMs).padStart(13),
      file === undefined ? "-" : (bareMs / fullMs).toFixed(2),
      faulty,
    ].join("\t"),
  )
}

/** Processor time of this thread, which other work on the machine does not lengthen as it does the clock's. */
async function timeOf(work: () => Promise<void>): Promise<number> {
  const before = process.threadCpuUsage()
  await work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1000
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
      if (text.split("\n").some((line) => line.length > 2000)) continue
      sources.set(id, [...(sources.get(id) ?? []), { path, text }])
      sizes.set(id, (sizes.get(id) ?? 0) + text.length)
    }
  }
}
