import { join, posix } from "node:path"
import { DuckError } from "../../base/errors.ts"
import { folderView } from "../../workspace/ecosystems/folder-view.ts"
import type { Detected } from "../../workspace/test-runners/detect.ts"
import type { Subject } from "./subject.ts"

/** How examples in the documentation of a file run as tests. */
export interface Doctests {
  /** The runner looks into sources for them; otherwise a test file has to call for them. */
  readonly runsInPlace: boolean
  /** How the examples of Rust name the module of the subject: "my_crate::price"; "" for other languages. */
  readonly module: string
}

/** Throws NO_DOCTESTS for languages that have none, and for Rust programs without a library. */
export async function doctestsOf(
  { path, language }: Subject,
  { framework, folder }: Pick<Detected, "framework" | "folder">,
  root: string,
): Promise<Doctests> {
  const view = await folderView(join(root, folder))
  switch (language) {
    case "go":
    case "elixir":
      return { runsInPlace: false, module: "" }
    case "python": {
      const texts = await Promise.all(pythonSettings.map((name) => view.text(name)))
      const isConfigured = texts.some((text) => /--doctest-modules/.test(text ?? ""))
      return { runsInPlace: framework.id === "pytest" && isConfigured, module: "" }
    }
    case "rust": {
      const inFolder = posix.relative(folder, path)
      const sources = await folderView(join(root, folder, "src"))
      const isLibrary = /^src\/(?!main\.rs$|bin\/)/.test(inFolder) && sources.has("lib.rs")
      if (!isLibrary)
        throw noDoctests(path, "it belongs to no library: cargo runs examples of libraries alone (src/lib.rs)")
      return { runsInPlace: true, module: rustModule(inFolder, (await view.text("Cargo.toml")) ?? "") }
    }
    default:
      throw noDoctests(path, "its language has no examples in the documentation that run as tests")
  }
}

const pythonSettings = ["pytest.ini", ".pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini"]

const noDoctests = (path: string, why: string) =>
  new DuckError({
    code: "NO_DOCTESTS",
    message: `${path}: ${why}.`,
    hint: "Leave --doctest away. Python, Rust libraries, Elixir and Go have them.",
    status: 400,
  })

/** The crate's name, [lib] before [package], and the modules by the file's path. */
function rustModule(path: string, manifest: string): string {
  const name = (section: string) =>
    new RegExp(`^\\[${section}\\][^[]*?^name\\s*=\\s*["']([^"']+)["']`, "ms").exec(manifest)?.[1]
  const crate = (name("lib") ?? name("package") ?? "crate").replaceAll("-", "_")
  const modules = path
    .replace(/^src\//, "")
    .replace(/(?:^|\/)(?:lib|mod)\.rs$|\.rs$/, "")
    .split("/")
  return [crate, ...modules.filter((part) => part !== "")].join("::")
}
