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

/** What its configuration says is to be looked at, a path given to it would replace. */
async function namesFiles(view: FolderView): Promise<boolean> {
  const texts = await Promise.all(
    ["mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg"].map((name) => view.text(name)),
  )
  // The first of them counts that says something of mypy.
  const own = texts.flatMap((text) => /^\[(?:tool\.)?mypy\]([^]*?)(?=^\[|$(?![^]))/m.exec(text ?? "")?.[1] ?? [])[0]
  return /^\s*(files|packages|modules)\s*=/m.test(own ?? "")
}
