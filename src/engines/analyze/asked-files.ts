import { InvalidInputError } from "../../base/errors.ts"
import type { CodeIndex } from "../../code/code-index.ts"

/** The files that are meant by files and folders as people name them. Throws INVALID_INPUT for one that the index lacks. */
export function askedFiles(index: Pick<CodeIndex, "files">, asked: readonly string[]): readonly string[] {
  return asked.flatMap((one) => {
    const path = one.replace(/^\.\//, "").replace(/\/+$/, "")
    const files = index.files(path === "." ? "" : path)
    if (files.length > 0) return files
    throw new InvalidInputError({
      message: `${one} is no file or folder that the index holds.`,
      hint: "It is not there, ignored, binary or too large; `duck index status` shows what is indexed.",
    })
  })
}
