import { realpath, stat } from "node:fs/promises"
import { isAbsolute } from "node:path"
import { InvalidInputError, systemCode } from "../base/errors.ts"

const longest = 4_096

/**
 * The real path of the folder a caller says to stand in. Only a plain absolute path of a folder that is there is
 * taken. Throws InvalidInputError PROJECT_REFUSED.
 */
export async function callersFolder(path: string): Promise<string> {
  if (path.length > longest) throw refused("the path is too long")
  if (path.includes("\0")) throw refused("the path has a NUL character in it")
  if (!isAbsolute(path)) throw refused("an absolute path is needed")
  if (path.split(/[\\/]/).includes("..")) throw refused('".." is not taken in it')
  try {
    const real = await realpath(path)
    if (!(await stat(real)).isDirectory()) throw refused("it is not a folder")
    return real
  } catch (thrown) {
    if (thrown instanceof InvalidInputError) throw thrown
    const code = systemCode(thrown)
    throw refused(code === "ENOENT" ? "there is no such folder" : `it can't be opened (${code})`, thrown)
  }
}

const refused = (why: string, cause?: unknown) =>
  new InvalidInputError({
    code: "PROJECT_REFUSED",
    message: `The project folder of the request was not taken: ${why}.`,
    hint: "Run duck in a folder that exists, or name one with --project.",
    cause,
  })
