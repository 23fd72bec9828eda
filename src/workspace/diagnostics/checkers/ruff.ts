import { z } from "zod"
import { type Checker, hasPythonTool, pythonFolders } from "../checker.ts"

const Place = z.object({ row: z.number(), column: z.number() })
const Output = z.array(
  z.object({
    code: z.string().nullish(),
    message: z.string(),
    filename: z.string(),
    location: Place,
    end_location: Place.nullish(),
  }),
)

export const ruff: Checker = {
  name: "ruff",
  kind: "lint",
  files: /\.(pyi?|ipynb)$/,
  configuredBy: /^(\.?ruff\.toml|pyproject\.toml)$/,
  isConfigured: async (view) => view.has("ruff.toml", ".ruff.toml") || (await hasPythonTool(view, "ruff")),
  isPerFolder: false,
  installedIn: pythonFolders,
  program: "ruff",
  command: async (program, paths) =>
    `${program} check --output-format json --no-cache --force-exclude --quiet ${(paths ?? ["."]).join(" ")}`,
  parse: (out) =>
    Output.parse(JSON.parse(out)).map(({ code, message, filename, location, end_location: end }) => ({
      path: filename,
      line: Math.max(1, location.row),
      column: Math.max(1, location.column),
      ...(end && { endLine: end.row, endColumn: end.column }),
      // It knows no grades: what does not parse, and names that there are not, are errors.
      severity: !code || /^(E9|F82|invalid-syntax)/.test(code) ? ("error" as const) : ("warning" as const),
      rule: code ?? "",
      message,
    })),
}
