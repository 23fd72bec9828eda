import { type Checker, hasPythonTool, placed, pythonFolders } from "../checker.ts"
import type { Told } from "../diagnostic.ts"

export const mypy: Checker = {
  name: "mypy",
  kind: "types",
  files: /\.pyi?$/,
  configuredBy: /^(\.?mypy\.ini|pyproject\.toml|setup\.cfg)$/,
  isConfigured: async (view) =>
    view.has("mypy.ini", ".mypy.ini") ||
    (await hasPythonTool(view, "mypy")) ||
    /^\[mypy/m.test((await view.text("setup.cfg")) ?? ""),
  isPerFolder: false,
  installedIn: pythonFolders,
  program: "mypy",
  command: async (program, paths) =>
    `${program} --no-color-output --no-error-summary --no-pretty --show-column-numbers --show-error-codes ` +
    `--cache-dir=/dev/null ${(paths ?? ["."]).join(" ")}`,
  parse(out) {
    return out.split(/\r?\n/).flatMap((line): Told[] => {
      const place = placed(line)
      const found = place && /^(error|warning|note): (.*?)(?:\s+\[([\w-]+)\])?$/.exec(place.text)
      if (!place || !found) return []
      const [, severity = "error", message = "", rule = ""] = found
      const { path, line: at, column } = place
      return [{ path, line: at, column, severity: severity as Told["severity"], rule, message }]
    })
  },
}
