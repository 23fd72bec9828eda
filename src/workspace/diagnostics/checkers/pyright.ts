import { z } from "zod"
import { type Checker, hasPythonTool, nodeFolders, pythonFolders } from "../checker.ts"
import type { Told } from "../diagnostic.ts"

/** Lines and characters from 0. */
const Place = z.object({ line: z.number(), character: z.number() })
const Output = z.object({
  summary: z.object({ filesAnalyzed: z.number() }).optional(),
  generalDiagnostics: z.array(
    z.object({
      file: z.string(),
      severity: z.string(),
      message: z.string(),
      rule: z.string().optional(),
      range: z.object({ start: Place, end: Place }).optional(),
    }),
  ),
})

export const pyright: Checker = {
  name: "pyright",
  kind: "types",
  files: /\.pyi?$/,
  configuredBy: /^(pyrightconfig\.json|pyproject\.toml)$/,
  isConfigured: async (view) => view.has("pyrightconfig.json") || (await hasPythonTool(view, "pyright")),
  isPerFolder: false,
  installedIn: [...pythonFolders, ...nodeFolders],
  program: "pyright",
  command: async (program, paths) => `${program} --outputjson ${(paths ?? []).join(" ")}`.trim(),
  parse(out, errors) {
    const { summary, generalDiagnostics } = Output.parse(JSON.parse(out))
    // It leaves with success where it found no file to look at.
    if (summary?.filesAnalyzed === 0 && generalDiagnostics.length === 0) throw new Error("It looked at no file.")
    // Without what it does not understand of its configuration it goes on.
    const settings = errors.split(/\r?\n/).flatMap((message): Told[] => {
      const isSetting = /^(Config |File or directory |venv )/.test(message)
      return isSetting ? [{ path: "", line: 1, column: 1, severity: "warning", rule: "", message }] : []
    })
    const told = generalDiagnostics.map(
      ({ file, severity, message, rule = "", range }): Told => ({
        path: file,
        line: (range?.start.line ?? 0) + 1,
        column: (range?.start.character ?? 0) + 1,
        ...(range && { endLine: range.end.line + 1, endColumn: range.end.character + 1 }),
        severity: severity === "error" || severity === "warning" ? severity : ("note" as const),
        rule,
        message,
      }),
    )
    return [...told, ...settings]
  },
}
