import type { FolderView } from "../ecosystems/folder-view.ts"
import type { Told } from "./diagnostic.ts"

/** A type checker or linter that projects configure, and how it is run and read. */
export interface Checker {
  /** The words it is called with, the program's name first. */
  readonly name: string
  readonly kind: "types" | "lint"
  /** Files it has something to say about; others are not given to it. */
  readonly files: RegExp
  /** Names of files that can configure it: where one of them lies, `isConfigured` is asked. */
  readonly configuredBy: RegExp
  /** Whether the folder is set up for it. */
  isConfigured(view: FolderView): Promise<boolean>
  /** A configuration further down is for files of its own; else the highest one is for all that lies below it. */
  readonly isPerFolder: boolean
  /** Where the program is installed for a folder, from the folder upwards; then the PATH. */
  readonly installedIn: readonly string[]
  /** The program's name. */
  readonly program: string
  /**
   * That it goes by the second in which a file was written, so that it could take two states of a copy for one: there
   * its `$cache` is empty each time.
   */
  readonly isCacheByTime?: boolean
  /**
   * A shell command to be run in the folder. `$cache` is a folder of its own, kept for the next time where that can be:
   * nothing is written into the project. `paths`: what to look at, quoted and relative to it; undefined: all. Those that
   * only know whole projects look at all, and what was not asked for is left out afterwards.
   */
  command(program: string, paths: readonly string[] | undefined, view: FolderView): Promise<string>
  /** Reads what it wrote: its output, and its errors where they are apart. Throws where it is not understood. */
  parse(out: string, errors: string): readonly Told[]
}

/** Node's tools are installed in the project. */
export const nodeFolders = ["node_modules/.bin"] as const
export const pythonFolders = [".venv/bin", "venv/bin"] as const

/** Whether a table of pyproject.toml is there: `tool.ruff`. */
export async function hasPythonTool(view: FolderView, name: string): Promise<boolean> {
  const text = (await view.text("pyproject.toml")) ?? ""
  return new RegExp(`^\\[\\[?tool\\.${name}[\\].]`, "m").test(text)
}

/** `path:line:column: text`, as most compilers write it; the column may be missing. */
export function placed(line: string): { path: string; line: number; column: number; text: string } | undefined {
  const found = /^(.+?):(\d+):(?:(\d+):)?\s*(.*)$/.exec(line)
  if (!found) return undefined
  const [, path = "", at = "1", column = "1", text = ""] = found
  return { path, line: Number(at), column: Math.max(1, Number(column)), text }
}
