import { z } from "zod"
import { type Checker, hasPythonTool, nodeFolders, pythonFolders } from "../checker.ts"

/** Lines and characters from 0. */
const Place = z.object({ line: z.number(), character: z.number() })
const Output = z.object({
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
  parse: (out) =>
    Output.parse(JSON.parse(out)).generalDiagnostics.map(({ file, severity, message, rule = "", range }) => ({
      path: file,
      line: (range?.start.line ?? 0) + 1,
      column: (range?.start.character ?? 0) + 1,
      ...(range && { endLine: range.end.line + 1, endColumn: range.end.character + 1 }),
      severity: severity === "error" || severity === "warning" ? severity : ("note" as const),
      rule,
      message,
    })),
}
