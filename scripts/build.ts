import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
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

mkdirSync(dist, { recursive: true })
for (const [name, text] of made) {
  const path = join(dist, name)
  if (textOf(path) === text) continue
  const partial = `${path}.${process.pid}.part`
  writeFileSync(partial, text)
  renameSync(partial, path)
}
for (const name of readdirSync(dist)) if (!made.has(name)) rmSync(join(dist, name), { recursive: true })

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}
