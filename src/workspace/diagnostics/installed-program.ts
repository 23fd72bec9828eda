import { access, constants } from "node:fs/promises"
import { delimiter, isAbsolute, join, posix } from "node:path"
import { quoted } from "./quoted.ts"

interface Tool {
  readonly program: string
  /** Where the program may be installed: relative to the folder that it is for, or those above it. */
  readonly installedIn: readonly string[]
}

/**
 * The program of a tool for a folder (posix, relative to the root; "" for itself), as a word of a shell command: where the
 * project has it installed, in the folder or above; else by its name, to be looked for on the PATH.
 */
export async function installedProgram({ program, installedIn }: Tool, folder: string, root: string): Promise<string> {
  for (let at = folder; ; at = posix.dirname(at)) {
    for (const place of installedIn) {
      const path = join(root, at, place, program)
      if (await isExecutable(path)) return quoted(path)
    }
    if (at === "" || at === ".") return program
  }
}

/** Whether it would be found there, or in a folder of `path`, as the environment has it. Runs nothing. */
export async function isInstalled(tool: Tool, folder: string, root: string, path: string): Promise<boolean> {
  if ((await installedProgram(tool, folder, root)) !== tool.program) return true
  const places = path.split(delimiter).filter(isAbsolute)
  const found = await Promise.all(places.map((place) => isExecutable(join(place, tool.program))))
  return found.includes(true)
}

const isExecutable = (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
