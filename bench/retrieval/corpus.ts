import { createHash } from "node:crypto"
import { cpSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"

const sources = /\.(?:[cm]?[jt]sx?|py|go|rs|c|h|cc|cpp|hpp|java|rb|php|css|md|json|ya?ml|sh)$/
const outputFolders = /(?<=^|\/)(?:dist|build|out|target|coverage|env|node_modules)(?=\/)/g
const maxBytes = 600_000

export interface Corpus {
  readonly files: number
  readonly lines: number
  readonly sizeBytes: number
}

/**
 * Copies source files of the packages in `from` to `to` until there are `lines` of them, in an order that mixes the
 * packages and is the same every time. Equal files and minified ones are left out.
 */
export function assemble(from: string, to: string, lines: number): Corpus {
  const paths: string[] = []
  const collect = (folder: string) => {
    for (const entry of readdirSync(join(from, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`
      if (entry.isDirectory()) collect(path)
      else if (entry.isFile() && sources.test(entry.name) && !/\.min\.|-lock\./.test(entry.name)) paths.push(path)
    }
  }
  collect("")
  const order = new Map(paths.map((path) => [path, createHash("sha256").update(path).digest("hex")]))
  paths.sort((a, b) => ((order.get(a) ?? "") < (order.get(b) ?? "") ? -1 : 1))
  const seen = new Set<string>()
  let count = { files: 0, lines: 0, sizeBytes: 0 }
  for (const path of paths) {
    if (count.lines >= lines) break
    if (statSync(join(from, path)).size > maxBytes) continue
    const text = readFileSync(join(from, path), "utf8")
    const hash = createHash("sha256").update(text).digest("hex")
    const own = text.split("\n").length
    // Minified: its lines are no lines.
    if (seen.has(hash) || text.length / own > 200) continue
    seen.add(hash)
    // Packages ship in folders that a walk takes for build output: here they are the sources.
    const target = join(to, path.replace(outputFolders, "$&_"))
    mkdirSync(dirname(target), { recursive: true })
    cpSync(join(from, path), target)
    count = { files: count.files + 1, lines: count.lines + own, sizeBytes: count.sizeBytes + text.length }
  }
  return count
}
