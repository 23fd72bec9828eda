import { writeFileSync } from "node:fs"
import { relative, resolve } from "node:path"
import { InvalidInputError, systemCode } from "../../base/errors.ts"

/** `talk.json` is a conversation that can be imported again; every other name is one to read. */
export const formOf = (name: string): "json" | "markdown" => (/\.json$/i.test(name) ? "json" : "markdown")

/** "Fix the login test" is fix-the-login-test.md. */
export function fileNameFor(title: string): string {
  const plain = title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-+|-+$/g, "")
  return `${plain.slice(0, 60) || "conversation"}.md`
}

/** Writes a new file; gives its path as the person would type it. Throws where there is one of that name already. */
export function saveNew(folder: string, name: string, text: string): string {
  const path = resolve(folder, name)
  try {
    writeFileSync(path, text, { flag: "wx", mode: 0o600 })
  } catch (cause) {
    const code = systemCode(cause)
    throw new InvalidInputError({
      code: code === "EEXIST" ? "FILE_EXISTS" : "NOT_SAVED",
      message: code === "EEXIST" ? `There is a file ${name} already.` : `${name} can't be written (${code}).`,
      hint: "Give another name: /save talk.md",
      cause,
    })
  }
  return relative(folder, path)
}
