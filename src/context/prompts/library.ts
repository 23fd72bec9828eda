import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { compilePartial, compileTemplate, type Partials, type Template } from "./template.ts"

const here = dirname(fileURLToPath(import.meta.url))
/** Beside this file in the sources, and beside the bundle in what is built. */
export const builtInFolder = [join(here, "built-in"), join(here, "prompts")].find((folder) => existsSync(folder))

/** Templates of a folder, by name. Throws TemplateError for the first that can't be compiled. */
export function templatesIn(
  folder: string,
  source: (path: string) => string,
  partials: Partials,
): Map<string, Template> {
  const templates = new Map<string, Template>()
  for (const path of markdownIn(folder)) {
    if (path.startsWith("partials/")) continue
    const name = path.replace(/\.md$/, "")
    const text = readFileSync(join(folder, path), "utf8")
    templates.set(name, compileTemplate({ name, source: source(path), shown: path, text }, partials))
  }
  return templates
}

/** Partials of a folder's `partials/`, compiled when they are first asked for. */
export function partialsIn(folder: string): Partials {
  const compiled = new Map<string, ReturnType<Partials>>()
  return (name) => {
    if (!compiled.has(name)) {
      const path = join(folder, "partials", `${name}.md`)
      const isThere = /^[\w-]+$/.test(name) && existsSync(path)
      compiled.set(name, isThere ? compilePartial(readFileSync(path, "utf8"), `partials/${name}.md`) : undefined)
    }
    return compiled.get(name)
  }
}

const markdownIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".md"))
    .sort()
