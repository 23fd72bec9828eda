import { z } from "zod"
import { parseJsonc, plainValueOf } from "../../../access/jsonc.ts"
import type { FolderView } from "../../ecosystems/folder-view.ts"
import { type Checker, nodeFolders } from "../checker.ts"
import type { Told } from "../diagnostic.ts"
import { quoted } from "../quoted.ts"

const Configuration = z.object({ references: z.array(z.object({ path: z.string() })).default([]) })

export const tsc: Checker = {
  name: "tsc",
  kind: "types",
  files: /\.[cm]?tsx?$|\.[cm]?jsx?$|\.vue$/,
  configuredBy: /^tsconfig\.json$/,
  isConfigured: async (view) => view.has("tsconfig.json"),
  isPerFolder: true,
  installedIn: nodeFolders,
  program: "tsc",
  // It knows programs, not files. What it notes for the next time is no file of the project's.
  async command(program, _paths, view) {
    const projects = [".", ...(await references(view))]
    const info = '"$cache"/tsc-$n.tsbuildinfo'
    const one = (project: string, n: number) =>
      `n=${n}; ${program} -p ${quoted(project)} --noEmit --pretty false --incremental --tsBuildInfoFile ${info}`
    const runs = projects.map((project, n) => `${one(project, n)} || code=$?`)
    return `code=0; ${runs.join("; ")}; exit $code`
  },
  parse(out) {
    const told: Told[] = []
    for (const line of out.split(/\r?\n/)) {
      const found = /^(.+?)\((\d+),(\d+)\): (error|warning|message) (TS\d+): (.*)$/.exec(line)
      if (found) {
        const [, path = "", at = "1", column = "1", level = "error", rule = "", message = ""] = found
        const severity = level === "error" || level === "warning" ? level : "note"
        told.push({ path, line: Number(at), column: Number(column), severity, rule, message })
        continue
      }
      const unplaced = /^error (TS\d+): (.*)$/.exec(line)
      if (unplaced) {
        const [, rule = "", message = ""] = unplaced
        told.push({ path: "", line: 1, column: 1, severity: "error", rule, message })
        continue
      }
      const last = told.at(-1)
      // What it says further is indented.
      if (last && /^\s+\S/.test(line)) told[told.length - 1] = { ...last, message: `${last.message} ${line.trim()}` }
    }
    return told
  },
}

/** Configurations beside this one that it names, as it may check nothing by itself. Those in other folders are found there. */
async function references(view: FolderView): Promise<string[]> {
  const text = await view.text("tsconfig.json")
  try {
    const found = Configuration.safeParse(plainValueOf(parseJsonc(text ?? "{}")))
    return found.success
      ? found.data.references.map(({ path }) => path).filter((path) => /^(\.\/)?[^/]+\.json$/.test(path))
      : []
  } catch {
    return []
  }
}
