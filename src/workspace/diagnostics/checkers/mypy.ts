import type { FolderView } from "../../ecosystems/folder-view.ts"
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
  isCacheByTime: true,
  command: async (program, paths, view) =>
    `${program} --no-color-output --no-error-summary --no-pretty --show-column-numbers --show-error-codes ` +
    `--cache-dir="$cache"/mypy ${(paths ?? ((await namesFiles(view)) ? [] : ["."])).join(" ")}`.trimEnd(),
  parse(out, errors) {
    // Of a setting that it does not know it says so, and goes on without it.
    const settings = errors.split(/\r?\n/).flatMap((line): Told[] => {
      const message = /^\S+\.(?:ini|toml|cfg): (.*)$/.exec(line)?.[1]
      return message ? [{ path: "", line: 1, column: 1, severity: "warning", rule: "", message }] : []
    })
    const told = out.split(/\r?\n/).flatMap((line): Told[] => {
      const place = placed(line)
      const found = place && /^(error|warning|note): (.*?)(?:\s+\[([\w-]+)\])?$/.exec(place.text)
      if (!place || !found) return []
      const [, severity = "error", message = "", rule = ""] = found
      const { path, line: at, column } = place
      return [{ path, line: at, column, severity: severity as Told["severity"], rule, message }]
    })
    return [...told, ...settings]
  },
}

/** A path given to it would replace what its configuration says is to be looked at. */
async function namesFiles(view: FolderView): Promise<boolean> {
  const names = ["mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg"]
  for (const name of names) {
    const [, after] = ((await view.text(name)) ?? "").split(/^\[(?:tool\.)?mypy\]/m)
    // The first of them counts that says something of mypy.
    if (after !== undefined) return /^\s*(files|packages|modules)\s*=/m.test(after.split(/^\[/m)[0] ?? "")
  }
  return false
}
