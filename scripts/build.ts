import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { type OutputOptions, rolldown } from "rolldown"
import configuration from "../rolldown.config.ts"

// Not `rolldown -c`: that lists every file it makes, and writes them while a server may be reading. Here nothing is
// written unless everything could be made, only what has changed, and each file at once.
const dist = join(import.meta.dirname, "..", "dist")
const made = new Map<string, string>()

await Promise.all(
  configuration.map(async ({ output, ...input }) => {
    const build = await rolldown(input)
    for (const options of [output ?? []].flat() as OutputOptions[]) {
      for (const file of (await build.generate(options)).output) {
        if (made.has(file.fileName)) throw new Error(`Two builds make ${file.fileName}.`)
        made.set(file.fileName, file.type === "chunk" ? file.code : String(file.source))
      }
    }
    await build.close()
  }),
)

// Prompt templates are files that are read at run time.
const templates = join(import.meta.dirname, "..", "src", "context", "prompts", "built-in")
for (const path of readdirSync(templates, { recursive: true, encoding: "utf8" })) {
  if (/\.(?:md|cases\.yaml)$/.test(path)) made.set(join("prompts", path), readFileSync(join(templates, path), "utf8"))
}

mkdirSync(dist, { recursive: true })
for (const [name, text] of made) {
  const path = join(dist, name)
  if (textOf(path) === text) continue
  mkdirSync(dirname(path), { recursive: true })
  const partial = `${path}.${process.pid}.part`
  writeFileSync(partial, text)
  renameSync(partial, path)
}
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  const name = relative(dist, join(entry.parentPath, entry.name))
  if (!entry.isDirectory() && !made.has(name)) rmSync(join(dist, name))
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}
