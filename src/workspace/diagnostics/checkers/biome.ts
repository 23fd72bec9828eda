import { type Checker, nodeFolders } from "../checker.ts"
import type { Told } from "../diagnostic.ts"

export const biome: Checker = {
  name: "biome",
  kind: "lint",
  files: /\.([cm]?[jt]sx?|jsonc?|css|graphql|gql|vue|svelte|astro)$/,
  configuredBy: /^\.?biome\.jsonc?$/,
  isConfigured: async (view) => view.has("biome.json", "biome.jsonc", ".biome.json", ".biome.jsonc"),
  isPerFolder: false,
  installedIn: nodeFolders,
  program: "biome",
  // Of its reporters the one whose form has stayed the same.
  command: async (program, paths) =>
    `${program} lint --reporter=github --colors=off --max-diagnostics=5000 --no-errors-on-unmatched ${(paths ?? ["."]).join(" ")}`,
  parse(out) {
    return out.split("\n").flatMap((line): Told[] => {
      const found = /^::(error|warning|notice) ([^:]*)::(.*)$/.exec(line.trim())
      if (!found) return []
      const [, level = "", about = "", message = ""] = found
      const facts = Object.fromEntries(about.split(",").map((fact) => fact.split("=", 2) as [string, string]))
      const number = (name: string) => Math.max(1, Number(facts[name] ?? 1))
      return [
        {
          path: unescaped(facts.file ?? ""),
          line: number("line"),
          column: number("col"),
          endLine: number("endLine"),
          endColumn: number("endColumn"),
          severity: level === "notice" ? "note" : (level as "error" | "warning"),
          rule: unescaped(facts.title ?? ""),
          message: unescaped(message),
        },
      ]
    })
  },
}

/** As such lines of a log of GitHub's are written. */
const unescaped = (text: string) =>
  text
    .replaceAll("%0A", "\n")
    .replaceAll("%0D", "\r")
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%25", "%")
